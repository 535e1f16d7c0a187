/* truth
 * title: A slow asynchronous rebuild is waited for under a lock that it does not need
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, join, the state of the future of Catalog::rebuild, untimed
 * thread rebuild: outside, sleep
 * thread reader: waiting, mutex, Catalog::refresh_mutex_, untimed
 * release the state of the future of Catalog::rebuild: Catalog::rebuild alive
 * release Catalog::refresh_mutex_: Catalog::refresh alive
 * note: libstdc++ waits for the result of std::async by joining the thread that makes it
 */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>

namespace {

class Catalog {
  public:
    explicit Catalog(std::chrono::seconds delay) : delay_(delay) {}

    void add(const std::string &name, int rows) {
        std::lock_guard<std::mutex> lock(mutex_);
        rows_[name] = rows;
    }

    int refresh() {
        std::lock_guard<std::mutex> lock(refresh_mutex_);
        auto result = std::async(std::launch::async, &Catalog::rebuild, this);
        if (result.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout) {
            std::puts("ready");
            std::fflush(stdout);
        }
        total_ = result.get();
        return total_;
    }

    int total() {
        std::lock_guard<std::mutex> lock(refresh_mutex_);
        return total_;
    }

  private:
    int rebuild() {
        pthread_setname_np(pthread_self(), "rebuild");
        std::lock_guard<std::mutex> lock(mutex_);
        int total = 0;
        std::this_thread::sleep_for(delay_);
        for (const auto &entry : rows_) total += entry.second;
        return total;
    }

    std::chrono::seconds delay_;
    std::mutex mutex_, refresh_mutex_;
    std::map<std::string, int> rows_;
    int total_ = 0;
};

} // namespace

int main(int argc, char **argv) {
    Catalog catalog(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    catalog.add("customers", 1200);
    catalog.add("orders", 34000);
    std::thread reader([&catalog] {
        pthread_setname_np(pthread_self(), "reader");
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        std::printf("%d rows\n", catalog.total());
    });
    catalog.refresh();
    reader.join();
    return 0;
}
