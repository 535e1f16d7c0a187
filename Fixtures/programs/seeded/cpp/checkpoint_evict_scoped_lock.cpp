/* truth
 * title: Checkpoint and eviction name two locks in opposite orders, but take them at once with scoped_lock
 * class: healthy
 * looks-like: deadlock-cycle
 * thread main: waiting, join, Engine::checkpoint, untimed
 * thread checkpoint: outside, sleep
 * thread evict: waiting, mutex, Engine::cache_mutex_, untimed
 * release Engine::cache_mutex_: Engine::checkpoint alive
 */
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace {

class Engine {
  public:
    explicit Engine(std::chrono::seconds writing) : dirty_(64, 1), writing_(writing) {}

    void checkpoint() {
        pthread_setname_np(pthread_self(), "checkpoint");
        std::scoped_lock both(table_mutex_, cache_mutex_);
        generation_++;
        writing_now_ = true;
        std::this_thread::sleep_for(writing_);
        for (auto &page : dirty_) page = 0;
        written_ = generation_;
        writing_now_ = false;
    }

    void evict() {
        pthread_setname_np(pthread_self(), "evict");
        std::scoped_lock both(cache_mutex_, table_mutex_);
        std::size_t victim = 0;
        while (victim < dirty_.size() && dirty_[victim] == 0) victim++;
        if (written_ < generation_ && victim < dirty_.size()) dirty_[victim] = 0;
    }

    bool writing_now() const { return writing_now_; }

  private:
    std::mutex table_mutex_, cache_mutex_;
    std::vector<int> dirty_;
    long generation_ = 0, written_ = 0;
    std::atomic<bool> writing_now_{false};
    std::chrono::seconds writing_;
};

} // namespace

int main(int argc, char **argv) {
    Engine engine(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    std::thread checkpoint(&Engine::checkpoint, &engine);
    while (!engine.writing_now()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::thread evict(&Engine::evict, &engine);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    checkpoint.join();
    evict.join();
    return 0;
}
