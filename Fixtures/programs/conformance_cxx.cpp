// C++'s own threads, locks, conditions, futures and latches: what comes out is the same with and without a preloaded
// library. One line a part; nothing in it depends on the scheduler.
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <latch>
#include <mutex>
#include <pthread.h>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static void threads_and_conditions() {
    std::mutex mutex;
    std::condition_variable condition;
    int ready = 0, taken = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; i++)
        threads.emplace_back([&] {
            std::unique_lock lock(mutex);
            condition.wait(lock, [&] { return ready > 0; });
            ready--, taken++;
        });
    for (int i = 0; i < 6; i++) {
        std::lock_guard lock(mutex);
        ready++;
        i < 3 ? condition.notify_one() : condition.notify_all();
    }
    for (auto &thread : threads) thread.join();
    std::unique_lock lock(mutex);
    bool timed_out = condition.wait_for(lock, 3ms) == std::cv_status::timeout;
    bool until = condition.wait_until(lock, std::chrono::system_clock::now() + 3ms) == std::cv_status::timeout;
    std::printf("taken %d, timed out %d %d\n", taken, timed_out, until);
}

static void futures() {
    auto value = std::async(std::launch::async, [] { return 42; });
    auto thrown = std::async(std::launch::async, []() -> int { throw 7; });
    std::promise<int> promise;
    auto promised = promise.get_future();
    bool early = promised.wait_for(2ms) == std::future_status::timeout;
    std::jthread keeper([&] { promise.set_value(1); });
    int caught = 0;
    try {
        thrown.get();
    } catch (int number) {
        caught = number;
    }
    std::packaged_task<int()> task([] { return 5; });
    auto packaged = task.get_future();
    std::thread runner(std::move(task));
    runner.join();
    std::future<int> broken;
    {
        std::promise<int> abandoned;
        broken = abandoned.get_future();
    }
    bool was_broken = false;
    try {
        broken.get();
    } catch (const std::future_error &) {
        was_broken = true;
    }
    std::printf("futures %d %d %d %d %d %d\n", value.get(), caught, early, promised.get(), packaged.get(), was_broken);
}

static void latches() {
    std::latch latch(4);
    std::barrier barrier(4, [] {});
    std::counting_semaphore<8> semaphore(0);
    std::atomic<int> word = 0, arrived = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] {
            latch.arrive_and_wait();
            for (int j = 0; j < 50; j++) barrier.arrive_and_wait();
            semaphore.acquire();
            word.wait(0);
            arrived++;
        });
    semaphore.release(4);
    word = 1;
    word.notify_all();
    threads.clear();
    bool timed = semaphore.try_acquire_for(2ms);
    std::printf("arrived %d, %d\n", arrived.load(), timed);
}

static void stop_tokens() {
    std::mutex mutex;
    std::condition_variable_any condition;
    bool stopped = false;
    {
        std::jthread waiter([&](std::stop_token token) {
            std::unique_lock lock(mutex);
            stopped = !condition.wait(lock, token, [] { return false; });
        });
    }
    std::printf("stopped %d\n", stopped);
}

static void shared_locks() {
    std::shared_timed_mutex shared;
    std::timed_mutex timed;
    std::recursive_timed_mutex recursive;
    long sum = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] {
            for (int j = 0; j < 500; j++) {
                { std::shared_lock lock(shared); }
                std::unique_lock lock(shared, 10s);
                sum += lock.owns_lock();
            }
        });
    for (auto &thread : threads) thread.join();
    timed.lock();
    recursive.lock();
    bool again = recursive.try_lock_for(1ms), other = true, mine = true;
    std::thread([&] { other = timed.try_lock_for(2ms), mine = recursive.try_lock_for(2ms); }).join();
    std::printf("sum %ld, again %d, other %d %d\n", sum, again, other, mine);
}

struct scope {
    const char *name;
    ~scope() { std::printf("left %s\n", name); }
};

static void once_and_exceptions() {
    std::once_flag flag;
    int runs = 0;
    for (int i = 0; i < 3; i++) {
        try {
            std::call_once(flag, [&] {
                if (++runs < 2) throw runs;
            });
        } catch (int) {
        }
    }
    std::printf("once %d\n", runs);
}

/* A cancelled wait unwinds through C++ frames as an exception that nobody may keep. */
static void cancellation() {
    pthread_t thread;
    pthread_create(
        &thread, nullptr,
        [](void *) -> void * {
            scope outer{"outer"};
            std::mutex mutex;
            std::condition_variable_any condition;
            try {
                scope inner{"inner"};
                pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
                pthread_cond_t never = PTHREAD_COND_INITIALIZER;
                pthread_mutex_lock(&lock);
                for (;;) pthread_cond_wait(&never, &lock);
            } catch (...) {
                std::puts("passing");
                throw;
            }
            return nullptr;
        },
        nullptr);
    std::this_thread::sleep_for(20ms);
    pthread_cancel(thread);
    void *result = nullptr;
    pthread_join(thread, &result);
    std::printf("cancelled %d\n", result == PTHREAD_CANCELED);
}

static thread_local scope in_thread{"a thread's own"};

int main() {
    threads_and_conditions();
    futures();
    latches();
    stop_tokens();
    shared_locks();
    once_and_exceptions();
    cancellation();
    std::thread([] { std::printf("%s\n", in_thread.name); }).join();
    try {
        std::thread([] {}).detach();
        std::thread none;
        none.join();
    } catch (const std::system_error &error) {
        std::printf("refused %d\n", error.code() == std::errc::invalid_argument);
    }
}
