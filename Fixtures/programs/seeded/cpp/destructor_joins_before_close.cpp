/* truth
 * title: A session's destructor joins its reader, which waits for the close that comes after the destructor
 * class: join-stuck
 * cause: cycle
 * thread main: stuck, join, Session::read_input, untimed
 * thread session-reader: stuck, condition, Channel::changed_, untimed
 * release Channel::changed_: Channel::close blocked, Channel::send blocked
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace {

class Channel {
  public:
    void send(std::string text) {
        std::lock_guard<std::mutex> lock(mutex_);
        texts_.push_back(std::move(text));
        changed_.notify_one();
    }

    void close() {
        std::lock_guard<std::mutex> lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

    bool receive(std::string &text) {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !texts_.empty(); });
        if (texts_.empty()) return false;
        text = std::move(texts_.front());
        texts_.pop_front();
        return true;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> texts_;
    bool closed_ = false;
};

class Session {
  public:
    explicit Session(std::shared_ptr<Channel> channel)
        : channel_(std::move(channel)), reader_(&Session::read_input, this) {}
    ~Session() { reader_.join(); }

  private:
    void read_input() {
        pthread_setname_np(pthread_self(), "session-reader");
        std::string text;
        while (channel_->receive(text)) std::printf("%s\n", text.c_str());
    }

    std::shared_ptr<Channel> channel_;
    std::thread reader_;
};

} // namespace

int main() {
    auto channel = std::make_shared<Channel>();
    auto session = std::make_unique<Session>(channel);
    channel->send("hello");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    session.reset();
    channel->close();
    return 0;
}
