/* truth
 * title: A task on an executor with one thread submits another task to it and waits for the result
 * class: callback-own-queue
 * cause: only-self
 * thread main: victim, futex, the state of the packaged_task of total_size, untimed
 * thread executor: stuck, futex, the state of the packaged_task of directory_size, untimed
 * release the state of the packaged_task of directory_size: Executor::run blocked
 * release the state of the packaged_task of total_size: Executor::run blocked
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <future>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

class Executor {
  public:
    explicit Executor(int threads) {
        for (int i = 0; i < threads; i++) threads_.emplace_back(&Executor::run, this);
    }

    ~Executor() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            closing_ = true;
        }
        submitted_.notify_all();
        for (auto &thread : threads_) thread.join();
    }

    template <typename Job> std::future<long> submit(Job job) {
        std::packaged_task<long()> task(std::move(job));
        auto result = task.get_future();
        std::lock_guard<std::mutex> lock(mutex_);
        tasks_.push_back(std::move(task));
        submitted_.notify_one();
        return result;
    }

  private:
    void run() {
        pthread_setname_np(pthread_self(), "executor");
        for (;;) {
            std::unique_lock<std::mutex> lock(mutex_);
            submitted_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
            if (tasks_.empty()) return;
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
        }
    }

    std::mutex mutex_;
    std::condition_variable submitted_;
    std::deque<std::packaged_task<long()>> tasks_;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

long directory_size(const std::string &name) { return static_cast<long>(name.size()) * 512; }

long total_size(Executor &executor) {
    auto size = executor.submit([] { return directory_size("journal"); });
    return 4096 + size.get();
}

} // namespace

int main() {
    Executor executor(1);
    auto total = executor.submit([&executor] { return total_size(executor); });
    if (total.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout) {
        std::puts("ready");
        std::fflush(stdout);
    }
    std::printf("%ld bytes\n", total.get());
    return 0;
}
