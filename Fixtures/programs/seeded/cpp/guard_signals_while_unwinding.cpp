/* truth
 * title: The parser will throw, and the destructor of a guard signals while the exception unwinds its stack
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, Parse::ended_, untimed
 * thread parser: outside, sleep
 * release Parse::ended_: EndGuard::~EndGuard alive
 * note: the function never returns in the ordinary way; the only way to the signal is a landing pad
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

class Parse {
  public:
    void end() {
        std::lock_guard<std::mutex> lock(mutex_);
        has_ended_ = true;
        ended_.notify_all();
    }

    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        ended_.wait(lock, [this] { return has_ended_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
};

struct EndGuard {
    explicit EndGuard(Parse &parse) : parse(parse) {}
    ~EndGuard() { parse.end(); }
    EndGuard(const EndGuard &) = delete;
    EndGuard &operator=(const EndGuard &) = delete;
    Parse &parse;
};

[[noreturn]] void read_input(const std::string &name, std::chrono::seconds length) {
    std::this_thread::sleep_for(length);
    throw std::runtime_error(name + ": unexpected end of input");
}

void run(Parse &parse, std::chrono::seconds length) {
    pthread_setname_np(pthread_self(), "parser");
    try {
        EndGuard guard(parse);
        read_input("orders.json", length);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
    }
}

} // namespace

int main(int argc, char **argv) {
    Parse parse;
    std::thread parser(run, std::ref(parse), std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    parse.wait();
    parser.join();
    return 0;
}
