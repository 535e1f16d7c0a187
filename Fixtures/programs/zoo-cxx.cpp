// Every blocking primitive of the C++20 library once: see zoo.h for what a zoo is.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <future>
#include <latch>
#include <mutex>
#include <pthread.h>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

int own_tid() { return static_cast<int>(syscall(SYS_gettid)); }

bool sleeps(int tid) {
    std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/stat");
    std::string line;
    std::getline(file, line);
    auto end = line.rfind(')');
    return end != std::string::npos && line.size() > end + 2 && line[end + 2] == 'S';
}

void await_sleep(int tid) {
    for (int quiet = 0; quiet < 3;) {
        std::this_thread::sleep_for(1ms);
        quiet = sleeps(tid) ? quiet + 1 : 0;
    }
}

void rest() {
    for (;;) pause();
}

template <typename Block> int put(const char *name, const void *object, int owner, Block block) {
    std::atomic<int> tid = 0;
    std::thread([&tid, name, object, owner, block] {
        pthread_setname_np(pthread_self(), name);
        std::printf("%s %d %p %d\n", name, own_tid(), object, owner);
        std::fflush(stdout);
        auto own_block = block;
        tid = own_tid();
        own_block();
    }).detach();
    while (tid == 0) std::this_thread::sleep_for(1ms);
    await_sleep(tid);
    return tid;
}

std::mutex plain, cond_mutex, any_mutex;
std::recursive_mutex recursive;
std::timed_mutex timed;
std::shared_mutex shared;
std::shared_timed_mutex shared_timed;
std::condition_variable condition;
std::condition_variable_any condition_any;
std::counting_semaphore<10> semaphore(0);
std::latch latch(2);
std::barrier<> barrier(2);
std::atomic<int> number(5);
std::atomic<long> long_number(5);
std::atomic_flag flag;
std::once_flag once;

struct Slow {
    Slow() { rest(); }
};

void guarded() { static Slow slow; }

}  // namespace

int main() {
    std::atomic<int> holder = 0;
    std::thread([&] {
        plain.lock();
        recursive.lock();
        timed.lock();
        shared.lock();
        shared_timed.lock();
        holder = own_tid();
        rest();
    }).detach();
    while (holder == 0) std::this_thread::sleep_for(1ms);
    std::promise<int> promise;
    auto future = promise.get_future().share();

    put("mutex", &plain, holder, [] { plain.lock(); });
    put("recursive", &recursive, holder, [] { recursive.lock(); });
    put("timed", &timed, holder, [] { (void)timed.try_lock_for(100000s); });
    put("shared-write", &shared, holder, [] { shared.lock(); });
    put("shared-read", &shared, holder, [] { shared.lock_shared(); });
    put("shared-timed", &shared_timed, holder, [] { (void)shared_timed.try_lock_shared_for(100000s); });
    put("condition", &condition, 0, [] {
        std::unique_lock lock(cond_mutex);
        condition.wait(lock);
    });
    put("condition-for", &condition, 0, [] {
        std::unique_lock lock(cond_mutex);
        condition.wait_for(lock, 100000s);
    });
    put("condition-any", &condition_any, 0, [] {
        std::unique_lock lock(any_mutex);
        condition_any.wait(lock);
    });
    put("future", nullptr, 0, [future] { future.wait(); });
    put("future-for", nullptr, 0, [future] { future.wait_for(100000s); });
    put("semaphore", &semaphore, 0, [] { semaphore.acquire(); });
    put("latch", &latch, 0, [] { latch.wait(); });
    put("barrier", &barrier, 0, [] { barrier.arrive_and_wait(); });
    put("atomic", &number, 0, [] { number.wait(5); });
    put("atomic-long", &long_number, 0, [] { long_number.wait(5); });
    put("atomic-flag", &flag, 0, [] { flag.wait(false); });
    put("call-once-runs", &once, 0, [] { std::call_once(once, rest); });
    put("call-once-waits", &once, 0, [] { std::call_once(once, [] {}); });
    put("guard-runs", nullptr, 0, [] { guarded(); });
    put("guard-waits", nullptr, 0, [] { guarded(); });
    std::atomic<int> joined = 0;
    std::thread target([&] {
        joined = own_tid();
        rest();
    });
    while (joined == 0) std::this_thread::sleep_for(1ms);
    put("join", nullptr, joined, [&target] { target.join(); });
    std::puts("ready");
    std::fflush(stdout);
    rest();
}
