/* truth
 * title: A slow compaction that is run through its second base class will signal
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, Compaction::finished_, untimed
 * thread background: outside, sleep
 * release Compaction::finished_: Compaction::run alive
 * note: the queue holds Task pointers; the call goes through a thunk that moves the object pointer to Compaction
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace {

class Named {
  public:
    explicit Named(std::string name) : name_(std::move(name)) {}
    virtual ~Named() = default;
    virtual std::string describe() const { return name_; }

  private:
    std::string name_;
};

class Task {
  public:
    virtual ~Task() = default;
    virtual void run() = 0;
};

class Compaction final : public Named, public Task {
  public:
    explicit Compaction(std::chrono::seconds length) : Named("compaction"), length_(length) {}

    void run() override {
        std::this_thread::sleep_for(length_);
        std::lock_guard<std::mutex> lock(mutex_);
        is_finished_ = true;
        finished_.notify_all();
    }

    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        finished_.wait(lock, [this] { return is_finished_; });
    }

  private:
    std::chrono::seconds length_;
    std::mutex mutex_;
    std::condition_variable finished_;
    bool is_finished_ = false;
};

class Statistics final : public Named, public Task {
  public:
    Statistics() : Named("statistics") {}
    void run() override { std::printf("%s\n", describe().c_str()); }
};

void run_all(std::deque<Task *> tasks) {
    pthread_setname_np(pthread_self(), "background");
    for (Task *task : tasks) task->run();
}

} // namespace

int main(int argc, char **argv) {
    Compaction compaction(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    Statistics statistics;
    std::thread background(run_all, std::deque<Task *>{&statistics, &compaction, &statistics});
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    compaction.wait();
    background.join();
    return 0;
}
