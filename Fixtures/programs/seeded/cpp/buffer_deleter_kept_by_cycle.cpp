/* truth
 * title: Two frames point to each other with shared_ptr, so the deleter that returns their buffers never runs
 * class: dead-wait
 * cause: leaked
 * thread main: stuck, condition, Buffers::returned_, untimed
 * release Buffers::returned_: Buffers::give_back exited
 * note: give_back is called by the deleter of a shared_ptr whose count never drops to zero
 */
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct Frame {
    std::vector<char> bytes = std::vector<char>(4096);
    std::shared_ptr<Frame> previous, next;
};

class Buffers {
  public:
    explicit Buffers(int count) : free_(count) {}

    std::shared_ptr<Frame> take() {
        std::unique_lock<std::mutex> lock(mutex_);
        returned_.wait(lock, [this] { return free_ > 0; });
        free_--;
        return std::shared_ptr<Frame>(new Frame, [this](Frame *frame) { give_back(frame); });
    }

  private:
    void give_back(Frame *frame) {
        delete frame;
        std::lock_guard<std::mutex> lock(mutex_);
        free_++;
        returned_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable returned_;
    int free_;
};

void decode(Buffers &buffers, int frames) {
    pthread_setname_np(pthread_self(), "decoder");
    auto last = buffers.take();
    for (int i = 1; i < frames; i++) {
        auto frame = buffers.take();
        frame->previous = last;
        last->next = frame;
        last = std::move(frame);
    }
}

} // namespace

int main() {
    Buffers buffers(4);
    std::thread decoder(decode, std::ref(buffers), 4);
    decoder.join();
    std::puts("ready");
    std::fflush(stdout);
    auto frame = buffers.take();
    std::printf("%zu bytes\n", frame->bytes.size());
    return 0;
}
