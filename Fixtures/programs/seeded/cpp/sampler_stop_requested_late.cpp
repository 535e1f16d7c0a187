/* truth
 * title: A sampler is idle until the destructor of its jthread asks it to stop
 * class: healthy
 * looks-like: join-stuck
 * flags: -std=c++20
 * thread main: outside, sleep
 * thread sampler: idle, condition, Sampler::wake_, untimed
 * release Sampler::wake_: Sampler::trigger alive, main alive
 * note: the stop request is made by the destructor of the jthread, through a stop_callback within the wait
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <stop_token>
#include <thread>

namespace {

class Sampler {
  public:
    Sampler() : thread_([this](std::stop_token stop) { sample(stop); }) {}

    void trigger() {
        std::lock_guard lock(mutex_);
        requested_++;
        wake_.notify_one();
    }

  private:
    void sample(std::stop_token stop) {
        pthread_setname_np(pthread_self(), "sampler");
        std::unique_lock lock(mutex_);
        while (wake_.wait(lock, stop, [this] { return taken_ < requested_; })) {
            taken_++;
            std::printf("sample %ld\n", taken_);
        }
    }

    std::mutex mutex_;
    std::condition_variable_any wake_;
    long requested_ = 0, taken_ = 0;
    std::jthread thread_;
};

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds length(argc > 1 ? std::atoi(argv[1]) : 600);
    Sampler sampler;
    sampler.trigger();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    std::this_thread::sleep_for(length);
    return 0;
}
