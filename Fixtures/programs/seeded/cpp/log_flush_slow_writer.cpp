/* truth
 * title: A log flush waits for a writer whose disk is slow
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, EventLog::flushed_, untimed
 * thread log-writer: outside, sleep
 * release EventLog::flushed_: EventLog::write_lines alive
 */
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

class EventLog {
  public:
    explicit EventLog(std::chrono::seconds delay) : delay_(delay), writer_(&EventLog::write_lines, this) {}

    ~EventLog() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            closing_ = true;
        }
        appended_.notify_one();
        writer_.join();
    }

    void append(std::string line) {
        std::lock_guard<std::mutex> lock(mutex_);
        lines_.push_back(std::move(line));
        last_++;
        appended_.notify_one();
    }

    void flush() {
        std::unique_lock<std::mutex> lock(mutex_);
        std::uint64_t wanted = last_;
        flushed_.wait(lock, [&] { return written_ >= wanted; });
    }

  private:
    void write_lines() {
        pthread_setname_np(pthread_self(), "log-writer");
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            appended_.wait(lock, [this] { return closing_ || !lines_.empty(); });
            if (lines_.empty()) return;
            std::vector<std::string> batch;
            batch.swap(lines_);
            lock.unlock();
            std::puts("ready");
            std::fflush(stdout);
            std::this_thread::sleep_for(delay_);
            lock.lock();
            written_ += batch.size();
            flushed_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable appended_, flushed_;
    std::vector<std::string> lines_;
    std::uint64_t last_ = 0, written_ = 0;
    bool closing_ = false;
    std::chrono::seconds delay_;
    std::thread writer_;
};

} // namespace

int main(int argc, char **argv) {
    EventLog log(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    log.append("opened");
    log.append("recovered");
    log.flush();
    return 0;
}
