/* truth
 * title: A page's promise is kept in the table of loads until the slow loader sets it
 * class: healthy
 * looks-like: promise-abandoned
 * thread main: waiting, futex, PageCache::Load::page, untimed
 * thread page-loader: outside, sleep
 * release PageCache::Load::page: PageCache::load alive
 */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>

namespace {

class PageCache {
  public:
    explicit PageCache(std::chrono::seconds delay) : delay_(delay) {}

    ~PageCache() {
        if (loader_.joinable()) loader_.join();
    }

    std::future<std::string> fetch(int number) {
        auto load = std::make_shared<Load>();
        {
            std::lock_guard<std::mutex> lock(mutex_);
            loads_[number] = load;
        }
        auto page = load->page.get_future();
        if (loader_.joinable()) loader_.join();
        loader_ = std::thread(&PageCache::load, this, number, load);
        return page;
    }

  private:
    struct Load {
        std::promise<std::string> page;
        int attempts = 0;
    };

    std::string read_page(int number) const {
        if (number >= cached_) std::this_thread::sleep_for(delay_);
        return "page " + std::to_string(number);
    }

    void load(int number, std::shared_ptr<Load> load) {
        pthread_setname_np(pthread_self(), "page-loader");
        load->attempts++;
        load->page.set_value(read_page(number));
        std::lock_guard<std::mutex> lock(mutex_);
        loads_.erase(number);
    }

    std::mutex mutex_;
    std::map<int, std::shared_ptr<Load>> loads_;
    std::thread loader_;
    std::chrono::seconds delay_;
    int cached_ = 12;
};

} // namespace

int main(int argc, char **argv) {
    PageCache cache(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    for (int number = 10; number <= 12; number++) {
        auto page = cache.fetch(number);
        if (page.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout) {
            std::puts("ready");
            std::fflush(stdout);
        }
        std::puts(page.get().c_str());
    }
    return 0;
}
