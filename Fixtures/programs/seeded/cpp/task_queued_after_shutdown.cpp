/* truth
 * title: A packaged task is queued to a pool that was shut down before, and its result is waited for
 * class: promise-abandoned
 * cause: exited
 * thread main: stuck, futex, the state of the packaged_task in Pool::tasks_, untimed
 * release the state of the packaged_task in Pool::tasks_: Pool::work exited
 */
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <future>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace {

class Pool {
  public:
    explicit Pool(int size) {
        for (int i = 0; i < size; i++) workers_.emplace_back(&Pool::work, this);
    }

    ~Pool() { shutdown(); }

    template <typename Job> auto submit(Job job) {
        std::packaged_task<int()> task(std::move(job));
        auto result = task.get_future();
        std::lock_guard<std::mutex> lock(mutex_);
        tasks_.push_back(std::move(task));
        submitted_.notify_one();
        return result;
    }

    void shutdown() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            stopping_ = true;
        }
        submitted_.notify_all();
        for (auto &worker : workers_) worker.join();
        workers_.clear();
    }

  private:
    void work() {
        pthread_setname_np(pthread_self(), "pool-worker");
        for (;;) {
            std::unique_lock<std::mutex> lock(mutex_);
            submitted_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
            if (tasks_.empty()) return;
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
        }
    }

    std::mutex mutex_;
    std::condition_variable submitted_;
    std::deque<std::packaged_task<int()>> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
};

class Database {
  public:
    int query(int key) {
        return pool_.submit([key] { return key * key; }).get();
    }

    void close() {
        pool_.shutdown();
        std::puts("ready");
        std::fflush(stdout);
        saved_ = query(last_);
    }

  private:
    Pool pool_{3};
    int last_ = 9, saved_ = 0;
};

} // namespace

int main() {
    Database database;
    std::printf("%d\n", database.query(12));
    database.close();
    return 0;
}
