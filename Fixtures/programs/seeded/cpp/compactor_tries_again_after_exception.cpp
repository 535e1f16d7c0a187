/* truth
 * title: A compaction that throws still tells those who wait, and the next attempt is yet to come
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, Store::compacted_, untimed
 * thread reader: waiting, condition, Store::compacted_, untimed
 * thread compactor: outside, sleep
 * release Store::compacted_: Store::run_compactor alive
 */
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
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
    Store(std::vector<std::string> segments, std::chrono::seconds pause)
        : segments_(std::move(segments)), pause_(pause) {
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
        for (int attempt = 0; attempt < 2 && !compact(); attempt++) std::this_thread::sleep_for(pause_);
        std::lock_guard<std::mutex> lock(mutex_);
        compacting_ = false;
        compacted_.notify_all();
    }

    bool compact() {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        std::lock_guard<std::mutex> lock(mutex_);
        try {
            for (const auto &segment : segments_) merged_ += checked(segment);
            return true;
        } catch (const std::exception &error) {
            std::fprintf(stderr, "compaction: %s\n", error.what());
            segments_.pop_back();
            merged_.clear();
            return false;
        }
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
    std::chrono::seconds pause_;
    std::string merged_;
    bool compacting_ = true;
    std::thread compactor_;
};

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds pause(argc > 1 ? std::atoi(argv[1]) : 600);
    Store store({"3:abc", "2:de", "7:torn"}, pause);
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
