// One use of each class of the C++ standard library that waits or signals. Never run.
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>

namespace {
std::mutex mutex;
std::recursive_mutex recursive;
std::shared_mutex shared;
std::condition_variable condition;
std::condition_variable_any any;
std::atomic<int> word;
std::atomic_flag flag;
std::latch latch{1};
std::counting_semaphore<> semaphore{0};
std::barrier<> barrier{2};
std::once_flag once;
std::promise<int> promise;
bool ready;

void conditions() {
    std::unique_lock lock(mutex);
    condition.wait(lock, [] { return ready; });
    condition.wait_for(lock, std::chrono::seconds(1));
    condition.notify_one();
    condition.notify_all();
    any.wait(lock, [] { return ready; });
    any.notify_all();
}

int atomics() {
    word.wait(0);
    word.notify_one();
    word.notify_all();
    flag.wait(false);
    flag.notify_all();
    latch.count_down();
    latch.wait();
    semaphore.acquire();
    semaphore.release();
    barrier.arrive_and_wait();
    return static_cast<int>(semaphore.try_acquire_for(std::chrono::seconds(1)));
}

int futures() {
    auto future = promise.get_future();
    promise.set_value(3);
    auto task = std::async(std::launch::async, [] { return 2; });
    future.wait_for(std::chrono::seconds(1));
    return future.get() + task.get();
}

void threads() {
    std::thread thread([] { ready = true; });
    thread.join();
    std::jthread other([](std::stop_token token) { ready = token.stop_requested(); });
    std::call_once(once, [] { ready = true; });
    std::notify_all_at_thread_exit(condition, std::unique_lock(mutex));
    std::lock_guard first(recursive);
    std::shared_lock second(shared);
    std::this_thread::sleep_for(std::chrono::seconds(1));
}

struct Member {
    Member() { ready = true; }
    int value = 1;
};
int guarded() {
    static Member member;
    return member.value;
}
}  // namespace

int main() {
    conditions();
    threads();
    return atomics() + futures() + guarded();
}
