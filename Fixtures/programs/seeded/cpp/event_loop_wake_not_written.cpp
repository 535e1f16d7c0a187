/* truth
 * title: An event loop forgets to say that it took the last wake-up, so the next post writes none
 * class: lost-wakeup
 * cause: not-signalled
 * thread main: stuck, condition, done in run_on, untimed
 * thread event-loop: stuck, epoll, EventLoop::wake_, untimed
 * release done in run_on: EventLoop::run blocked
 * release EventLoop::wake_: EventLoop::post past
 * note: wake_is_pending_ has stayed true from the first post; the queue of the loop is not empty
 */
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
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
        if (wake_is_pending_) return;
        wake_is_pending_ = true;
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
    bool wake_is_pending_ = false, running_ = true;
    std::thread thread_;
};

int run_on(EventLoop &loop, const std::function<int()> &job) {
    std::mutex mutex;
    std::condition_variable done;
    int result = 0;
    bool is_done = false;
    loop.post([&] {
        std::lock_guard<std::mutex> lock(mutex);
        result = job();
        is_done = true;
        done.notify_one();
    });
    std::unique_lock<std::mutex> lock(mutex);
    done.wait(lock, [&] { return is_done; });
    return result;
}

} // namespace

int main() {
    EventLoop loop;
    std::printf("%d\n", run_on(loop, [] { return 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    std::printf("%d\n", run_on(loop, [] { return 2; }));
    return 0;
}
