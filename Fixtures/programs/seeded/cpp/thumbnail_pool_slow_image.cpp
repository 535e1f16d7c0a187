/* truth
 * title: A worker catches what a damaged image throws and goes on, the last image takes long
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, Pool::drained_, untimed
 * thread thumbnailer: idle, condition, Pool::submitted_, untimed
 * thread thumbnailer: outside, sleep
 * release Pool::drained_: Pool::run_next alive
 * release Pool::submitted_: Pool::submit alive
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace {

class Pool {
  public:
    explicit Pool(int size) {
        for (int i = 0; i < size; i++) workers_.emplace_back(&Pool::work, this);
    }

    ~Pool() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            closing_ = true;
        }
        submitted_.notify_all();
        for (auto &worker : workers_) worker.join();
    }

    void submit(std::function<void()> job) {
        std::lock_guard<std::mutex> lock(mutex_);
        jobs_.push_back(std::move(job));
        unfinished_++;
        submitted_.notify_one();
    }

    void drain() {
        std::unique_lock<std::mutex> lock(mutex_);
        drained_.wait(lock, [this] { return unfinished_ == 0; });
    }

  private:
    void work() {
        pthread_setname_np(pthread_self(), "thumbnailer");
        while (run_next()) {}
    }

    bool run_next() {
        std::unique_lock<std::mutex> lock(mutex_);
        submitted_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
        if (jobs_.empty()) return false;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        try {
            job();
        } catch (const std::exception &error) {
            std::fprintf(stderr, "thumbnailer: %s\n", error.what());
        }
        lock.lock();
        if (--unfinished_ == 0) drained_.notify_all();
        return true;
    }

    std::mutex mutex_;
    std::condition_variable submitted_, drained_;
    std::deque<std::function<void()>> jobs_;
    int unfinished_ = 0;
    bool closing_ = false;
    std::vector<std::thread> workers_;
};

void scale(int image) {
    if (image % 3 == 2) throw std::runtime_error("unexpected end of image data");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

} // namespace

int main(int argc, char **argv) {
    auto large = std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600);
    Pool pool(2);
    for (int image = 0; image < 8; image++) pool.submit([image] { scale(image); });
    pool.submit([large] { std::this_thread::sleep_for(large); });
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    std::puts("ready");
    std::fflush(stdout);
    pool.drain();
    return 0;
}
