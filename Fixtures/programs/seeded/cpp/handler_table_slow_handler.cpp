/* truth
 * title: A session thread will call the handler that signals through a table of pointers to member functions
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, Session::synced_, untimed
 * thread session: outside, sleep
 * release Session::synced_: Session::on_sync alive
 */
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace {

class Session {
  public:
    Session(std::string input, std::chrono::seconds delay) : input_(std::move(input)), delay_(delay) {}

    void start() { thread_ = std::thread(&Session::run, this); }
    void join() { thread_.join(); }

    void wait_synced() {
        std::unique_lock<std::mutex> lock(mutex_);
        synced_.wait(lock, [this] { return is_synced_; });
    }

  private:
    using Handler = void (Session::*)(char);

    void run() {
        pthread_setname_np(pthread_self(), "session");
        for (char code : input_) (this->*handlers[static_cast<std::size_t>(code - 'a') % handlers.size()])(code);
    }

    void on_data(char code) { bytes_ += code; }
    void on_pause(char) { std::this_thread::sleep_for(delay_); }

    void on_sync(char) {
        std::lock_guard<std::mutex> lock(mutex_);
        is_synced_ = true;
        synced_.notify_all();
    }

    static const std::array<Handler, 3> handlers;

    std::string input_;
    std::chrono::seconds delay_;
    long bytes_ = 0;
    std::mutex mutex_;
    std::condition_variable synced_;
    bool is_synced_ = false;
    std::thread thread_;
};

const std::array<Session::Handler, 3> Session::handlers = {&Session::on_data, &Session::on_pause, &Session::on_sync};

} // namespace

int main(int argc, char **argv) {
    Session session("aabac", std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    session.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    session.wait_synced();
    session.join();
    return 0;
}
