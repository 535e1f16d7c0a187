/* truth
 * title: An event loop is idle until another thread posts a job, which writes its wake-up
 * class: healthy
 * looks-like: lost-wakeup
 * thread main: waiting, condition, Gate::opened_, untimed
 * thread event-loop: idle, epoll, EventLoop::wake_, untimed
 * thread timer: outside, sleep
 * release Gate::opened_: EventLoop::run alive
 * release EventLoop::wake_: EventLoop::post alive
 */
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace {

class EventLoop {
  public:
    EventLoop() : wake_(eventfd(0, EFD_CLOEXEC)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = wake_;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
        thread_ = std::thread(&EventLoop::run, this);
    }

    ~EventLoop() {
        post([this] { running_ = false; });
        thread_.join();
        close(epoll_);
        close(wake_);
    }

    void post(std::function<void()> job) {
        std::lock_guard<std::mutex> lock(mutex_);
        jobs_.push_back(std::move(job));
        std::uint64_t one = 1;
        if (write(wake_, &one, sizeof one) != sizeof one) std::perror("eventfd");
    }

  private:
    void run() {
        pthread_setname_np(pthread_self(), "event-loop");
        while (running_) {
            epoll_event event{};
            if (epoll_wait(epoll_, &event, 1, -1) != 1) continue;
            std::uint64_t count = 0;
            if (read(wake_, &count, sizeof count) != sizeof count) continue;
            std::deque<std::function<void()>> jobs;
            {
                std::lock_guard<std::mutex> lock(mutex_);
                jobs.swap(jobs_);
            }
            for (auto &job : jobs) job();
        }
    }

    int wake_, epoll_;
    std::mutex mutex_;
    std::deque<std::function<void()>> jobs_;
    bool running_ = true;
    std::thread thread_;
};

class Gate {
  public:
    void open() {
        std::lock_guard<std::mutex> lock(mutex_);
        is_open_ = true;
        opened_.notify_all();
    }

    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        opened_.wait(lock, [this] { return is_open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool is_open_ = false;
};

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds delay(argc > 1 ? std::atoi(argv[1]) : 600);
    EventLoop loop;
    Gate gate;
    std::thread timer([&loop, &gate, delay] {
        pthread_setname_np(pthread_self(), "timer");
        std::this_thread::sleep_for(delay);
        loop.post([&gate] { gate.open(); });
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    gate.wait();
    timer.join();
    return 0;
}
