/* truth
 * title: A log that was opened without a path has no writer thread, and its flush waits for one
 * class: dead-wait
 * cause: never-created
 * thread main: stuck, condition, EventLog::flushed_, untimed
 * release EventLog::flushed_: EventLog::write_lines never-created
 */
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

class EventLog {
  public:
    explicit EventLog(const char *path) {
        if (path == nullptr) return;
        file_ = std::fopen(path, "ae");
        if (file_ != nullptr) writer_ = std::thread(&EventLog::write_lines, this);
    }

    ~EventLog() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            closing_ = true;
        }
        appended_.notify_one();
        if (writer_.joinable()) writer_.join();
        if (file_ != nullptr) std::fclose(file_);
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
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            appended_.wait(lock, [this] { return closing_ || !lines_.empty(); });
            if (lines_.empty()) return;
            std::vector<std::string> batch;
            batch.swap(lines_);
            lock.unlock();
            for (const auto &line : batch) std::fprintf(file_, "%s\n", line.c_str());
            std::fflush(file_);
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
    std::FILE *file_ = nullptr;
    std::thread writer_;
};

} // namespace

int main(int argc, char **argv) {
    EventLog log(argc > 2 ? argv[2] : nullptr);
    log.append("opened");
    log.append("recovered");
    std::puts("ready");
    std::fflush(stdout);
    log.flush();
    return 0;
}
