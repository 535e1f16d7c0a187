/* truth
 * title: The opener stores the new state of a volume and does not notify who waits for its change
 * class: lost-wakeup
 * cause: not-signalled
 * flags: -std=c++20
 * thread main: stuck, futex, Volume::state_, untimed
 * release Volume::state_: Volume::open exited
 * note: std::atomic::wait looks at the value again only after a notify_one or notify_all; the value has changed
 */
#include <atomic>
#include <chrono>
#include <cstdio>
#include <pthread.h>
#include <thread>

namespace {

enum State : int { opening, mounted, failed };

class Volume {
  public:
    Volume() : opener_(&Volume::open, this), announcer_(&Volume::announce, this) {}

    ~Volume() { announcer_.join(); }

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
        blocks_ = 4096;
        state_.store(blocks_ > 0 ? mounted : failed, std::memory_order_release);
    }

    void announce() {
        opener_.join();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        std::puts("ready");
        std::fflush(stdout);
    }

    std::atomic<int> state_{opening}, waiters_{0};
    long blocks_ = 0;
    std::thread opener_, announcer_;
};

} // namespace

int main() {
    Volume volume;
    return volume.wait_until_open() == mounted ? 0 : 1;
}
