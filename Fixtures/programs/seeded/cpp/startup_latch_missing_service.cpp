/* truth
 * title: A start-up latch counts a service that the configuration turns off
 * class: barrier-short
 * cause: missing-party
 * flags: -std=c++20
 * thread main: victim, join, Server::run, untimed
 * thread listener: stuck, futex, Server::started_, untimed
 * thread scheduler: stuck, futex, Server::started_, untimed
 * thread janitor: stuck, futex, Server::started_, untimed
 * release Server::started_: Server::run past, Server::run never-created
 * note: a std::latch waits on a futex of its own counter
 */
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <latch>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct Service {
    std::string name;
    bool enabled;
};

class Server {
  public:
    explicit Server(std::vector<Service> services)
        : services_(std::move(services)), started_(static_cast<std::ptrdiff_t>(services_.size())) {}

    void start() {
        for (const auto &service : services_)
            if (service.enabled) threads_.emplace_back(&Server::run, this, std::cref(service));
    }

    void join() {
        for (auto &thread : threads_) thread.join();
    }

  private:
    void run(const Service &service) {
        pthread_setname_np(pthread_self(), service.name.c_str());
        started_.arrive_and_wait();
        std::printf("%s serves\n", service.name.c_str());
    }

    std::vector<Service> services_;
    std::latch started_;
    std::vector<std::thread> threads_;
};

} // namespace

int main() {
    Server server({{"listener", true}, {"scheduler", true}, {"replicator", false}, {"janitor", true}});
    server.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    server.join();
    return 0;
}
