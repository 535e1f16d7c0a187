/* truth
 * title: A request that fails throws past the return of its connection, until the pool has none left
 * class: semaphore-starved
 * cause: leaked
 * thread main: stuck, semaphore, ConnectionPool::free_, untimed
 * thread health: stuck, semaphore, ConnectionPool::free_, untimed
 * release ConnectionPool::free_: ConnectionPool::give_back exited
 */
#include <chrono>
#include <cstdio>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <stdexcept>
#include <string>
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

void query(ConnectionPool &pool, const std::string &text) {
    auto *connection = pool.take();
    connection->queries++;
    if (text.find("select") != 0) throw std::invalid_argument("syntax error near " + text);
    pool.give_back(connection);
}

void serve(ConnectionPool &pool, const std::vector<std::string> &texts) {
    pthread_setname_np(pthread_self(), "request");
    for (const auto &text : texts) {
        try {
            query(pool, text);
        } catch (const std::exception &error) {
            std::fprintf(stderr, "%s\n", error.what());
        }
    }
}

} // namespace

int main() {
    ConnectionPool pool(3);
    std::thread first(serve, std::ref(pool), std::vector<std::string>{"select 1", "selct 2", "update 3"});
    first.join();
    std::thread second(serve, std::ref(pool), std::vector<std::string>{"select 4", "drop 5"});
    second.join();
    std::thread health([&pool] {
        pthread_setname_np(pthread_self(), "health");
        query(pool, "select 0");
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    query(pool, "select 6");
    health.join();
    return 0;
}
