/* truth
 * title: The error path of a loader calls unique_lock::release, which forgets the mutex without unlocking it
 * class: orphaned-lock
 * cause: leaked
 * thread main: stuck, mutex, Table::mutex_, untimed
 * release Table::mutex_: Table::insert exited
 */
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

class Table {
  public:
    bool insert(int key, const std::string &value) {
        std::unique_lock<std::mutex> lock(mutex_);
        if (rows_.count(key) != 0) {
            lock.release();
            return false;
        }
        rows_.emplace(key, value);
        return true;
    }

    std::size_t size() {
        std::unique_lock<std::mutex> lock(mutex_);
        return rows_.size();
    }

  private:
    std::mutex mutex_;
    std::map<int, std::string> rows_;
};

void load(Table &table, std::vector<std::pair<int, std::string>> rows) {
    pthread_setname_np(pthread_self(), "loader");
    for (const auto &row : rows)
        if (!table.insert(row.first, row.second)) {
            std::fprintf(stderr, "duplicate key %d\n", row.first);
            return;
        }
}

} // namespace

int main() {
    Table table;
    std::vector<std::pair<int, std::string>> rows = {{1, "one"}, {2, "two"}, {1, "uno"}, {3, "three"}};
    std::thread loader(load, std::ref(table), rows);
    loader.join();
    std::puts("ready");
    std::fflush(stdout);
    std::printf("%zu rows\n", table.size());
    return 0;
}
