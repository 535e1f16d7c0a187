/* truth
 * title: Lookups overlap so that the index is always read locked, and who reloads it waits long
 * class: healthy
 * looks-like: holder-blocked
 * thread main: outside, sleep
 * thread lookup x3: outside, sleep, polling
 * thread reload: waiting, rwlock-write, Index::lock_, untimed
 * release Index::lock_: Index::look_up alive
 * note: the holders of the lock change all the time; the writer gets it when the lookups stop
 */
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace {

class Index {
  public:
    Index() : entries_{{1, 10}, {2, 20}, {3, 30}} {}

    void serve() {
        pthread_setname_np(pthread_self(), "lookup");
        for (int key = 1; !stopping_; key = key % 3 + 1) look_up(key);
    }

    void reload() {
        pthread_setname_np(pthread_self(), "reload");
        std::unique_lock<std::shared_mutex> writing(lock_);
        for (auto &entry : entries_) entry.second++;
    }

    void stop() { stopping_ = true; }
    int readers() const { return readers_; }

  private:
    int look_up(int key) {
        std::shared_lock<std::shared_mutex> reading(lock_);
        readers_++;
        std::this_thread::sleep_for(std::chrono::milliseconds(20 + 7 * key));
        int value = entries_[key];
        // A lookup hands the mapped index over to another one, so that it is not mapped anew each time.
        while (!hand_over()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return value;
    }

    bool hand_over() {
        int readers = readers_;
        while (readers > 1 || stopping_)
            if (readers_.compare_exchange_weak(readers, readers - 1)) return true;
        return false;
    }

    std::shared_mutex lock_;
    std::map<int, int> entries_;
    std::atomic<int> readers_{0};
    std::atomic<bool> stopping_{false};
};

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds length(argc > 1 ? std::atoi(argv[1]) : 600);
    Index index;
    std::vector<std::thread> lookups;
    for (int i = 0; i < 3; i++) lookups.emplace_back(&Index::serve, &index);
    while (index.readers() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::thread reload(&Index::reload, &index);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    std::this_thread::sleep_for(length);
    index.stop();
    for (auto &lookup : lookups) lookup.join();
    reload.join();
    return 0;
}
