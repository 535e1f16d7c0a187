/* truth
 * title: The compactor throws after it took the lock and before it signals, and its thread ends
 * class: dead-wait
 * cause: exits-on-error
 * thread main: stuck, condition, Store::compacted_, untimed
 * thread reader: stuck, condition, Store::compacted_, untimed
 * release Store::compacted_: Store::compact exited
 */
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

class Store {
  public:
    explicit Store(std::vector<std::string> segments) : segments_(std::move(segments)) {
        compactor_ = std::thread(&Store::run_compactor, this);
    }

    ~Store() { compactor_.join(); }

    std::size_t wait_compacted() {
        std::unique_lock<std::mutex> lock(mutex_);
        compacted_.wait(lock, [this] { return !compacting_; });
        return merged_.size();
    }

  private:
    void run_compactor() {
        pthread_setname_np(pthread_self(), "compactor");
        try {
            compact();
        } catch (const std::exception &error) {
            std::fprintf(stderr, "compaction: %s\n", error.what());
        }
    }

    void compact() {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        std::lock_guard<std::mutex> lock(mutex_);
        for (const auto &segment : segments_) merged_ += checked(segment);
        segments_.clear();
        compacting_ = false;
        compacted_.notify_all();
    }

    static std::string checked(const std::string &segment) {
        auto colon = segment.find(':');
        if (colon == std::string::npos || std::stoul(segment.substr(0, colon)) != segment.size() - colon - 1)
            throw std::runtime_error("segment with a wrong length: " + segment);
        return segment.substr(colon + 1);
    }

    std::mutex mutex_;
    std::condition_variable compacted_;
    std::vector<std::string> segments_;
    std::string merged_;
    bool compacting_ = true;
    std::thread compactor_;
};

} // namespace

int main() {
    Store store({"3:abc", "2:de", "7:torn"});
    std::thread reader([&store] {
        pthread_setname_np(pthread_self(), "reader");
        std::printf("%zu bytes\n", store.wait_compacted());
    });
    std::thread announcer([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        std::puts("ready");
        std::fflush(stdout);
    });
    announcer.detach();
    std::printf("%zu bytes\n", store.wait_compacted());
    reader.join();
    return 0;
}
