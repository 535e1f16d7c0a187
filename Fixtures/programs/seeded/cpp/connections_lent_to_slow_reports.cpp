/* truth
 * title: All connections are lent to slow reports that will return them
 * class: healthy
 * looks-like: semaphore-starved
 * thread main: waiting, semaphore, ConnectionPool::free_, untimed
 * thread report x3: outside, sleep
 * release ConnectionPool::free_: ConnectionPool::give_back alive
 */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <thread>
#include <vector>

namespace {

struct Connection {
    int number = 0;
    long queries = 0;
};

class ConnectionPool {
  public:
    explicit ConnectionPool(unsigned size) : connections_(size) {
        sem_init(&free_, 0, size);
        for (auto &connection : connections_) idle_.push_back(&connection);
    }

    ~ConnectionPool() { sem_destroy(&free_); }

    Connection *take() {
        while (sem_wait(&free_) != 0) {}
        std::lock_guard<std::mutex> lock(mutex_);
        auto *connection = idle_.back();
        idle_.pop_back();
        return connection;
    }

    void give_back(Connection *connection) {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            idle_.push_back(connection);
        }
        sem_post(&free_);
    }

  private:
    std::vector<Connection> connections_;
    std::vector<Connection *> idle_;
    std::mutex mutex_;
    sem_t free_;
};

class Lease {
  public:
    explicit Lease(ConnectionPool &pool) : pool_(pool), connection_(pool.take()) {}
    ~Lease() { pool_.give_back(connection_); }
    Lease(const Lease &) = delete;
    Lease &operator=(const Lease &) = delete;
    Connection *operator->() const { return connection_; }

  private:
    ConnectionPool &pool_;
    Connection *connection_;
};

void report(ConnectionPool &pool, std::chrono::seconds length) {
    pthread_setname_np(pthread_self(), "report");
    Lease connection(pool);
    connection->queries++;
    std::this_thread::sleep_for(length);
}

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds length(argc > 1 ? std::atoi(argv[1]) : 600);
    ConnectionPool pool(3);
    std::vector<std::thread> reports;
    for (int i = 0; i < 3; i++) reports.emplace_back(report, std::ref(pool), length);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    {
        Lease connection(pool);
        std::printf("%ld\n", ++connection->queries);
    }
    for (auto &thread : reports) thread.join();
    return 0;
}
