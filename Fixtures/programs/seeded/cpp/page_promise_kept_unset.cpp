/* truth
 * title: The loader returns early for a missing page and leaves its promise unset in the table of loads
 * class: promise-abandoned
 * cause: leaked
 * thread main: stuck, futex, PageCache::Load::page, untimed
 * release PageCache::Load::page: PageCache::load exited
 * note: the table keeps the shared_ptr of the promise, so its destructor never reports broken_promise
 */
#include <chrono>
#include <cstdio>
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

    bool read_page(int number, std::string &text) const {
        if (number >= pages_) return false;
        text = "page " + std::to_string(number);
        return true;
    }

    void load(int number, std::shared_ptr<Load> load) {
        pthread_setname_np(pthread_self(), "page-loader");
        std::string text;
        load->attempts++;
        if (!read_page(number, text)) {
            std::fprintf(stderr, "page %d is past the end of the file\n", number);
            return;
        }
        load->page.set_value(text);
        std::lock_guard<std::mutex> lock(mutex_);
        loads_.erase(number);
    }

    std::mutex mutex_;
    std::map<int, std::shared_ptr<Load>> loads_;
    std::thread loader_;
    int pages_ = 12;
};

} // namespace

int main() {
    PageCache cache;
    for (int number = 10;; number++) {
        auto page = cache.fetch(number);
        if (page.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout) {
            std::puts("ready");
            std::fflush(stdout);
        }
        std::puts(page.get().c_str());
    }
}
