/* truth
 * title: A put signals the shard of the key's hash, a get waits at the shard of the key itself
 * class: dead-wait
 * cause: other-object
 * thread main: stuck, condition, Store::Shard::filled of shard 2, untimed
 * thread store-writer: idle, condition, Store::queued_, untimed
 * release Store::Shard::filled of shard 2: Store::put nobody
 * release Store::queued_: Store::put_later blocked
 * note: the writer lives and signals the condition of shard 7, which is an object of the same type in the same array
 */
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <map>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace {

class Store {
  public:
    Store() : writer_(&Store::write_queued, this) {}

    ~Store() {
        put_later(-1, "");
        writer_.join();
    }

    void put_later(int key, std::string value) {
        std::lock_guard<std::mutex> lock(queue_mutex_);
        queue_.emplace_back(key, std::move(value));
        queued_.notify_one();
    }

    std::string wait_for(int key) {
        Shard &shard = shards_[static_cast<std::size_t>(key) % shards_.size()];
        std::unique_lock<std::mutex> lock(shard.mutex);
        shard.filled.wait(lock, [&] { return shard.values.count(key) != 0; });
        return shard.values[key];
    }

  private:
    struct Shard {
        std::mutex mutex;
        std::condition_variable filled;
        std::map<int, std::string> values;
    };

    void put(int key, std::string value) {
        auto hash = static_cast<unsigned>(key) * 2654435761U;
        Shard &shard = shards_[(hash >> 13) % shards_.size()];
        std::lock_guard<std::mutex> lock(shard.mutex);
        shard.values[key] = std::move(value);
        shard.filled.notify_all();
    }

    void write_queued() {
        pthread_setname_np(pthread_self(), "store-writer");
        for (;;) {
            std::unique_lock<std::mutex> lock(queue_mutex_);
            queued_.wait(lock, [this] { return !queue_.empty(); });
            auto entry = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            if (entry.first < 0) return;
            put(entry.first, std::move(entry.second));
        }
    }

    std::array<Shard, 8> shards_;
    std::mutex queue_mutex_;
    std::condition_variable queued_;
    std::deque<std::pair<int, std::string>> queue_;
    std::thread writer_;
};

} // namespace

int main() {
    Store store;
    store.put_later(42, "answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    std::puts(store.wait_for(42).c_str());
    return 0;
}
