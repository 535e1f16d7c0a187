/* truth
 * title: The table of handlers has the one for data where the one that signals belongs
 * class: dead-wait
 * cause: other-object
 * thread main: stuck, condition, Session::synced_, untimed
 * thread session: idle, condition, Session::arrived_, untimed
 * release Session::synced_: Session::on_sync nobody
 * release Session::arrived_: Session::receive blocked
 * note: on_sync is in the table of version 2, which no session uses; the session's thread lives and calls handlers
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

namespace {

class Session {
  public:
    explicit Session(int version)
        : handlers_(version < 2 ? old_handlers : new_handlers), thread_(&Session::run, this) {}

    ~Session() {
        receive('q');
        thread_.join();
    }

    void receive(char code) {
        std::lock_guard<std::mutex> lock(mutex_);
        input_ += code;
        arrived_.notify_one();
    }

    void wait_synced() {
        std::unique_lock<std::mutex> lock(mutex_);
        synced_.wait(lock, [this] { return is_synced_; });
    }

  private:
    using Handler = void (Session::*)(char);

    void run() {
        pthread_setname_np(pthread_self(), "session");
        for (;;) {
            std::unique_lock<std::mutex> lock(mutex_);
            arrived_.wait(lock, [this] { return !input_.empty(); });
            char code = input_.front();
            input_.erase(0, 1);
            lock.unlock();
            if (code == 'q') return;
            (this->*handlers_[static_cast<std::size_t>(code - 'a') % handlers_.size()])(code);
        }
    }

    void on_data(char code) { bytes_ += code; }
    void on_reset(char) { bytes_ = 0; }

    void on_sync(char) {
        std::lock_guard<std::mutex> lock(mutex_);
        is_synced_ = true;
        synced_.notify_all();
    }

    using Handlers = std::array<Handler, 3>;
    static const Handlers old_handlers, new_handlers;

    std::string input_;
    const Handlers &handlers_;
    long bytes_ = 0;
    std::mutex mutex_;
    std::condition_variable arrived_, synced_;
    bool is_synced_ = false;
    std::thread thread_;
};

const Session::Handlers Session::old_handlers = {&Session::on_data, &Session::on_reset, &Session::on_data};
const Session::Handlers Session::new_handlers = {&Session::on_data, &Session::on_reset, &Session::on_sync};

} // namespace

int main(int argc, char **argv) {
    Session session(argc > 2 ? std::atoi(argv[2]) : 1);
    for (char code : {'a', 'b', 'a', 'c'}) session.receive(code);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    session.wait_synced();
    return 0;
}
