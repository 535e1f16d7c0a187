/* truth
 * title: A sampler waits with the stop token of a source of its own, the destructor of its jthread asks another one
 * class: join-stuck
 * cause: other-object
 * flags: -std=c++20
 * thread main: victim, join, Sampler::sample, untimed
 * thread sampler: stuck, condition, Sampler::wake_, untimed
 * release Sampler::wake_: Sampler::trigger past, Sampler::abort nobody
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <stop_token>
#include <thread>

namespace {

class Sampler {
  public:
    Sampler() : thread_([this] { sample(abort_.get_token()); }) {}

    void trigger() {
        std::lock_guard lock(mutex_);
        requested_++;
        wake_.notify_one();
    }

    void abort() { abort_.request_stop(); }

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
    std::stop_source abort_;
    std::jthread thread_;
};

} // namespace

int main(int argc, char **) {
    Sampler sampler;
    sampler.trigger();
    if (argc > 3) sampler.abort();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    return 0;
}
