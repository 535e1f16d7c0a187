/* truth
 * title: A worker that waits for its children runs one of them itself, and both children are slow
 * class: healthy
 * looks-like: pool-starved
 * thread main: waiting, condition, Group::finished_, untimed
 * thread worker x2: outside, sleep
 * release Group::finished_: Group::done alive
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
#include <thread>
#include <utility>
#include <vector>

namespace {

class Group {
  public:
    explicit Group(int tasks) : left_(tasks) {}

    void done() {
        std::lock_guard<std::mutex> lock(mutex_);
        if (--left_ == 0) finished_.notify_all();
    }

    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        finished_.wait(lock, [this] { return left_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable finished_;
    int left_;
};

class Pool {
  public:
    explicit Pool(int size) {
        for (int i = 0; i < size; i++) threads_.emplace_back(&Pool::work, this);
    }

    ~Pool() {
        for (std::size_t i = 0; i < threads_.size(); i++) push(nullptr);
        for (auto &thread : threads_) thread.join();
    }

    void push(std::function<void()> task) {
        std::lock_guard<std::mutex> lock(mutex_);
        tasks_.push_back(std::move(task));
        pushed_.notify_one();
    }

    void help(Group &group) {
        while (run_one(false)) {}
        group.wait();
    }

  private:
    bool run_one(bool may_wait) {
        std::unique_lock<std::mutex> lock(mutex_);
        while (may_wait && tasks_.empty()) pushed_.wait(lock);
        if (tasks_.empty()) return false;
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        if (task) task();
        return static_cast<bool>(task);
    }

    void work() {
        pthread_setname_np(pthread_self(), "worker");
        while (run_one(true)) {}
    }

    std::mutex mutex_;
    std::condition_variable pushed_;
    std::deque<std::function<void()>> tasks_;
    std::vector<std::thread> threads_;
};

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds length(argc > 1 ? std::atoi(argv[1]) : 600);
    Pool pool(2);
    Group parents(1);
    pool.push([&] {
        Group children(2);
        for (int i = 0; i < 2; i++)
            pool.push([&] {
                std::this_thread::sleep_for(length);
                children.done();
            });
        pool.help(children);
        parents.done();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    parents.wait();
    return 0;
}
