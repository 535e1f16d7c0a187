/* truth
 * title: A flush tries for 50 ms at a time to get a lock whose owner has ended without unlocking it
 * class: orphaned-lock
 * cause: leaked
 * thread main: victim, join, Table::flush, untimed
 * thread flush: stuck, mutex, Table::mutex_, timed
 * release Table::mutex_: Table::truncate exited
 */
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace {

class Table {
  public:
    explicit Table(std::size_t rows) : rows_(rows, 1) {}

    bool truncate(std::size_t rows) {
        mutex_.lock();
        if (rows > rows_.size()) return false;
        rows_.resize(rows);
        mutex_.unlock();
        return true;
    }

    void flush() {
        pthread_setname_np(pthread_self(), "flush");
        while (!mutex_.try_lock_for(std::chrono::milliseconds(50))) misses_++;
        for (auto &row : rows_) row = 0;
        mutex_.unlock();
    }

  private:
    std::timed_mutex mutex_;
    std::vector<int> rows_;
    long misses_ = 0;
};

} // namespace

int main() {
    Table table(100);
    std::thread truncate([&table] {
        for (std::size_t rows : {90U, 80U, 800U})
            if (!table.truncate(rows)) std::fprintf(stderr, "cannot truncate to %zu rows\n", rows);
    });
    truncate.join();
    std::thread flush(&Table::flush, &table);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    flush.join();
    return 0;
}
