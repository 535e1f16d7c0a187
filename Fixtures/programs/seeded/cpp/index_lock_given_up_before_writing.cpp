/* truth
 * title: A session gives up its read lock before it takes the write lock, and waits for a slow reader
 * class: healthy
 * looks-like: self-deadlock
 * thread main: waiting, join, Index::scan, untimed
 * thread report: outside, sleep
 * thread session: waiting, rwlock-write, Index::lock_, untimed
 * release Index::lock_: Index::scan alive
 */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <thread>

namespace {

class Index {
  public:
    int find(int key) {
        std::shared_lock<std::shared_mutex> reading(lock_);
        if (stale_) {
            reading.unlock();
            rebuild();
            reading.lock();
        }
        auto found = entries_.find(key);
        return found == entries_.end() ? -1 : found->second;
    }

    void insert(int key, int value) {
        std::unique_lock<std::shared_mutex> writing(lock_);
        entries_[key] = value;
        stale_ = entries_.size() > 100;
    }

    void session() {
        pthread_setname_np(pthread_self(), "session");
        int found = 0;
        for (int key = 0; key < 10; key++) found += find(key) >= 0;
        std::printf("%d found\n", found);
    }

    void scan(std::chrono::seconds length) {
        pthread_setname_np(pthread_self(), "report");
        std::shared_lock<std::shared_mutex> reading(lock_);
        std::this_thread::sleep_for(length);
        std::printf("%zu entries\n", entries_.size());
    }

  private:
    void rebuild() {
        std::unique_lock<std::shared_mutex> writing(lock_);
        if (!stale_) return;
        for (auto &entry : entries_) entry.second++;
        stale_ = false;
    }

    std::shared_mutex lock_;
    std::map<int, int> entries_;
    bool stale_ = false;
};

} // namespace

int main(int argc, char **argv) {
    Index index;
    for (int key = 0; key < 101; key++) index.insert(key, key * 2);
    std::thread report(&Index::scan, &index, std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::thread session(&Index::session, &index);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    report.join();
    session.join();
    return 0;
}
