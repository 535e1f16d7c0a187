/* truth
 * title: A reader takes items from a feed whose publisher was turned off because no address was given
 * class: semaphore-starved
 * cause: never-created
 * flags: -std=c++20
 * thread main: victim, join, Feed::read, untimed
 * thread feed-reader: stuck, semaphore, Feed::available_, untimed
 * release Feed::available_: Feed::publish never-created
 */
#include <chrono>
#include <cstdio>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>

namespace {

class Feed {
  public:
    explicit Feed(std::string address) : address_(std::move(address)) {
        reader_ = std::thread(&Feed::read, this);
        if (!address_.empty()) publisher_ = std::thread(&Feed::publish, this);
    }

    long close() {
        if (publisher_.joinable()) publisher_.join();
        reader_.join();
        return sum_;
    }

  private:
    void publish() {
        pthread_setname_np(pthread_self(), "feed-publisher");
        for (int item = 1; item <= 100; item++) {
            {
                std::lock_guard<std::mutex> lock(mutex_);
                items_.push_back(item % 100);
            }
            available_.release();
        }
    }

    void read() {
        pthread_setname_np(pthread_self(), "feed-reader");
        for (int item = -1; item != 0;) {
            available_.acquire();
            std::lock_guard<std::mutex> lock(mutex_);
            item = items_.front();
            items_.pop_front();
            sum_ += item;
        }
    }

    std::mutex mutex_;
    std::deque<int> items_;
    std::counting_semaphore<1024> available_{0};
    std::string address_;
    std::thread reader_, publisher_;
    long sum_ = 0;
};

} // namespace

int main(int argc, char **argv) {
    Feed feed(argc > 2 ? argv[2] : "");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    std::printf("%ld\n", feed.close());
    return 0;
}
