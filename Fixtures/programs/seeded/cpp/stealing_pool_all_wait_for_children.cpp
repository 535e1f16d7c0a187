/* truth
 * title: Every worker of a work-stealing pool runs a parent that waits for children which no worker is left to run
 * class: pool-starved
 * cause: blocked
 * thread main: victim, condition, Group::finished_, untimed
 * thread worker-0: stuck, condition, Group::finished_, untimed
 * thread worker-1: stuck, condition, Group::finished_, untimed
 * release Group::finished_: Group::done blocked
 * note: there is one Group for the parents, in main, and one for the children of each parent
 */
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <string>
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

using Task = std::function<void(std::size_t worker)>;

class Pool {
  public:
    void push(std::size_t worker, Task task) {
        std::lock_guard<std::mutex> lock(mutex_);
        tasks_[worker].push_back(std::move(task));
        changed_.notify_one();
    }

    void start() {
        for (std::size_t i = 0; i < tasks_.size(); i++) threads_.emplace_back(&Pool::work, this, i);
    }

    void stop() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        for (auto &thread : threads_) thread.join();
    }

  private:
    bool take(std::size_t worker, Task &task) {
        auto &own = tasks_[worker], &other = tasks_[1 - worker];
        auto &from = own.empty() ? other : own;
        if (from.empty()) return false;
        task = std::move(from.front());
        from.pop_front();
        return true;
    }

    void work(std::size_t worker) {
        pthread_setname_np(pthread_self(), ("worker-" + std::to_string(worker)).c_str());
        for (;;) {
            Task task;
            std::unique_lock<std::mutex> lock(mutex_);
            changed_.wait(lock, [&] { return take(worker, task) || stopping_; });
            if (!task) return;
            lock.unlock();
            task(worker);
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<std::deque<Task>, 2> tasks_;
    std::vector<std::thread> threads_;
    bool stopping_ = false;
};

} // namespace

int main() {
    Pool pool;
    Group parents(2);
    for (std::size_t home = 0; home < 2; home++)
        pool.push(home, [&](std::size_t worker) {
            Group children(3);
            for (int i = 0; i < 3; i++) pool.push(worker, [&](std::size_t) { children.done(); });
            children.wait();
            parents.done();
        });
    pool.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    parents.wait();
    pool.stop();
    return 0;
}
