/* truth
 * title: The checkpoint locks the table and then the cache, eviction locks the cache and then the table
 * class: deadlock-cycle
 * cause: cycle
 * thread main: victim, join, Engine::checkpoint, untimed
 * thread checkpoint: stuck, mutex, Engine::cache_mutex_, untimed
 * thread evict: stuck, mutex, Engine::table_mutex_, untimed
 * release Engine::cache_mutex_: Engine::evict blocked
 * release Engine::table_mutex_: Engine::checkpoint blocked
 */
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace {

class Engine {
  public:
    Engine() : dirty_(64, 1) {}

    void checkpoint() {
        pthread_setname_np(pthread_self(), "checkpoint");
        std::lock_guard<std::mutex> table(table_mutex_);
        long generation = ++generation_;
        started_++;
        while (started_ < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::lock_guard<std::mutex> cache(cache_mutex_);
        for (auto &page : dirty_) page = 0;
        written_ = generation;
    }

    void evict() {
        pthread_setname_np(pthread_self(), "evict");
        std::lock_guard<std::mutex> cache(cache_mutex_);
        std::size_t victim = 0;
        while (victim < dirty_.size() && dirty_[victim] == 0) victim++;
        started_++;
        while (started_ < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::lock_guard<std::mutex> table(table_mutex_);
        if (written_ < generation_ && victim < dirty_.size()) dirty_[victim] = 0;
    }

    bool busy() const { return started_ == 2; }

  private:
    std::mutex table_mutex_, cache_mutex_;
    std::vector<int> dirty_;
    long generation_ = 0, written_ = 0;
    std::atomic<int> started_{0};
};

} // namespace

int main() {
    Engine engine;
    std::thread checkpoint(&Engine::checkpoint, &engine);
    std::thread evict(&Engine::evict, &engine);
    while (!engine.busy()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    checkpoint.join();
    evict.join();
    return 0;
}
