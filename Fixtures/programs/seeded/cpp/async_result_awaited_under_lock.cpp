/* truth
 * title: The result of an asynchronous rebuild is waited for inside the lock that the rebuild needs
 * class: dead-wait
 * cause: blocked
 * thread main: stuck, join, the state of the future of Catalog::rebuild, untimed
 * thread rebuild: stuck, mutex, Catalog::mutex_, untimed
 * release the state of the future of Catalog::rebuild: Catalog::rebuild blocked
 * release Catalog::mutex_: Catalog::refresh blocked
 * note: libstdc++ waits for the result of std::async by joining the thread that makes it
 */
#include <chrono>
#include <cstdio>
#include <future>
#include <map>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>

namespace {

class Catalog {
  public:
    void add(const std::string &name, int rows) {
        std::lock_guard<std::mutex> lock(mutex_);
        rows_[name] = rows;
    }

    int refresh() {
        std::lock_guard<std::mutex> lock(mutex_);
        auto result = std::async(std::launch::async, &Catalog::rebuild, this);
        if (result.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout) {
            std::puts("ready");
            std::fflush(stdout);
        }
        total_ = result.get();
        return total_;
    }

  private:
    int rebuild() {
        pthread_setname_np(pthread_self(), "rebuild");
        std::lock_guard<std::mutex> lock(mutex_);
        int total = 0;
        for (const auto &entry : rows_) total += entry.second;
        return total;
    }

    std::mutex mutex_;
    std::map<std::string, int> rows_;
    int total_ = 0;
};

} // namespace

int main() {
    Catalog catalog;
    catalog.add("customers", 1200);
    catalog.add("orders", 34000);
    std::printf("%d rows\n", catalog.refresh());
    return 0;
}
