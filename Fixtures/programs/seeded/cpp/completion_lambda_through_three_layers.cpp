/* truth
 * title: A lambda that holds the condition by reference goes through three layers and will be called by a slow device
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, written in File::write_through, untimed
 * thread device: outside, sleep
 * release written in File::write_through: Device::run alive
 */
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace {

using Completion = std::function<void(std::size_t)>;

class Device {
  public:
    explicit Device(std::chrono::seconds delay) : delay_(delay), thread_(&Device::run, this) {}

    ~Device() {
        submit({}, nullptr);
        thread_.join();
    }

    void submit(std::string bytes, Completion completion) {
        std::lock_guard<std::mutex> lock(mutex_);
        requests_.emplace_back(std::move(bytes), std::move(completion));
        submitted_.notify_one();
    }

  private:
    void run() {
        pthread_setname_np(pthread_self(), "device");
        for (;;) {
            std::unique_lock<std::mutex> lock(mutex_);
            submitted_.wait(lock, [this] { return !requests_.empty(); });
            auto request = std::move(requests_.front());
            requests_.pop_front();
            lock.unlock();
            if (!request.second) return;
            std::this_thread::sleep_for(delay_);
            request.second(request.first.size());
        }
    }

    std::mutex mutex_;
    std::condition_variable submitted_;
    std::deque<std::pair<std::string, Completion>> requests_;
    std::chrono::seconds delay_;
    std::thread thread_;
};

class Cache {
  public:
    explicit Cache(Device &device) : device_(device) {}
    void write(std::string bytes, Completion completion) {
        device_.submit(std::move(bytes), [this, completion](std::size_t size) {
            clean_ += size;
            completion(size);
        });
    }

  private:
    Device &device_;
    std::size_t clean_ = 0;
};

class File {
  public:
    explicit File(Cache &cache) : cache_(cache) {}

    std::size_t write_through(const std::string &text) {
        std::mutex mutex;
        std::condition_variable written;
        std::size_t size = 0;
        cache_.write(text, [&](std::size_t count) {
            std::lock_guard<std::mutex> lock(mutex);
            size = count;
            written.notify_one();
        });
        std::unique_lock<std::mutex> lock(mutex);
        written.wait(lock, [&] { return size > 0; });
        return size;
    }

  private:
    Cache &cache_;
};

} // namespace

int main(int argc, char **argv) {
    Device device(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    Cache cache(device);
    File file(cache);
    std::puts("ready");
    std::fflush(stdout);
    std::printf("%zu bytes\n", file.write_through("forty-two"));
    return 0;
}
