/* truth
 * title: A session that reads the index finds it stale and takes the write lock with its read lock still held
 * class: self-deadlock
 * cause: only-self
 * thread main: victim, join, Index::session, untimed
 * thread session: stuck, rwlock-write, Index::lock_, untimed
 * thread writer: victim, rwlock-write, Index::lock_, untimed
 * release Index::lock_: Index::find blocked
 */
#include <chrono>
#include <cstdio>
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
        if (stale_) rebuild();
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

  private:
    void rebuild() {
        std::unique_lock<std::shared_mutex> writing(lock_);
        for (auto &entry : entries_) entry.second++;
        stale_ = false;
    }

    std::shared_mutex lock_;
    std::map<int, int> entries_;
    bool stale_ = false;
};

} // namespace

int main() {
    Index index;
    for (int key = 0; key < 101; key++) index.insert(key, key * 2);
    std::thread session(&Index::session, &index);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::thread writer([&index] {
        pthread_setname_np(pthread_self(), "writer");
        index.insert(500, 1);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    session.join();
    writer.join();
    return 0;
}
