/* truth
 * title: A slow opener will store the new state of a volume and notify who waits for its change
 * class: healthy
 * looks-like: lost-wakeup
 * flags: -std=c++20
 * thread main: waiting, futex, Volume::state_, untimed
 * thread volume-opener: outside, sleep
 * release Volume::state_: Volume::open alive
 */
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <thread>

namespace {

enum State : int { opening, mounted, failed };

class Volume {
  public:
    explicit Volume(std::chrono::seconds delay) : delay_(delay), opener_(&Volume::open, this) {}

    ~Volume() { opener_.join(); }

    State wait_until_open() {
        waiters_++;
        state_.wait(opening);
        return static_cast<State>(state_.load());
    }

  private:
    void open() {
        pthread_setname_np(pthread_self(), "volume-opener");
        while (waiters_ == 0) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        std::puts("ready");
        std::fflush(stdout);
        std::this_thread::sleep_for(delay_);
        blocks_ = 4096;
        state_.store(blocks_ > 0 ? mounted : failed, std::memory_order_release);
        state_.notify_all();
    }

    std::atomic<int> state_{opening}, waiters_{0};
    std::chrono::seconds delay_;
    long blocks_ = 0;
    std::thread opener_;
};

} // namespace

int main(int argc, char **argv) {
    Volume volume(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    return volume.wait_until_open() == mounted ? 0 : 1;
}
