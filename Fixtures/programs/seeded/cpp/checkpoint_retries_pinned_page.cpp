/* truth
 * title: The checkpoint tries a page again and again whose holder sleeps in a loop until the checkpoint is over
 * class: livelock
 * cause: cycle
 * thread main: victim, join, Cache::checkpoint, untimed
 * thread checkpoint: stuck, sleep, Page::mutex, polling
 * thread evict: stuck, sleep, Cache::checkpoint_runs_, polling
 * release Page::mutex: Cache::evict blocked
 * release Cache::checkpoint_runs_: Cache::checkpoint blocked
 */
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <thread>

namespace {

struct Page {
    std::mutex mutex;
    bool dirty = true;
};

class Cache {
  public:
    void checkpoint() {
        pthread_setname_np(pthread_self(), "checkpoint");
        checkpoint_runs_ = true;
        for (auto &page : pages_) {
            auto pause = std::chrono::milliseconds(1);
            while (!write_page(page)) {
                std::this_thread::sleep_for(pause);
                if (pause < std::chrono::milliseconds(100)) pause *= 2;
                retries_++;
            }
        }
        checkpoint_runs_ = false;
    }

    void evict() {
        pthread_setname_np(pthread_self(), "evict");
        Page &victim = pages_[17];
        std::lock_guard<std::mutex> lock(victim.mutex);
        pinned_ = true;
        while (!checkpoint_runs_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        // A page must not leave the cache under a checkpoint that may have read half of it.
        while (checkpoint_runs_) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        victim.dirty = false;
        pinned_ = false;
    }

    bool is_pinned() const { return pinned_; }
    long retries() const { return retries_; }

  private:
    static bool write_page(Page &page) {
        std::unique_lock<std::mutex> lock(page.mutex, std::try_to_lock);
        if (!lock.owns_lock()) return false;
        page.dirty = false;
        return true;
    }

    std::array<Page, 64> pages_;
    std::atomic<bool> checkpoint_runs_{false}, pinned_{false};
    std::atomic<long> retries_{0};
};

} // namespace

int main() {
    Cache cache;
    std::thread evict(&Cache::evict, &cache);
    while (!cache.is_pinned()) std::this_thread::yield();
    std::thread checkpoint(&Cache::checkpoint, &cache);
    while (cache.retries() < 8) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::puts("ready");
    std::fflush(stdout);
    checkpoint.join();
    evict.join();
    return 0;
}
