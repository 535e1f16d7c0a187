/* truth
 * title: A slow decoder will drop its frames, and the deleter of their shared_ptr returns the buffers
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, Buffers::returned_, untimed
 * thread decoder: outside, sleep
 * release Buffers::returned_: Buffers::give_back alive
 * note: give_back is called by the deleter of a shared_ptr as the last reference goes
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
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
    std::shared_ptr<Frame> previous;
    std::weak_ptr<Frame> next;
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

void decode(Buffers &buffers, int frames, std::chrono::seconds length) {
    pthread_setname_np(pthread_self(), "decoder");
    auto last = buffers.take();
    for (int i = 1; i < frames; i++) {
        auto frame = buffers.take();
        frame->previous = last;
        last->next = frame;
        last = std::move(frame);
    }
    std::this_thread::sleep_for(length);
}

} // namespace

int main(int argc, char **argv) {
    Buffers buffers(4);
    std::thread decoder(decode, std::ref(buffers), 4, std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    {
        auto frame = buffers.take();
        std::printf("%zu bytes\n", frame->bytes.size());
    }
    decoder.join();
    return 0;
}
