/* truth
 * title: The first caller of an initialisation waits for a warm-up thread that asks for the same initialisation
 * class: deadlock-cycle
 * cause: cycle
 * thread main: stuck, join, Dictionary::warm_up, untimed
 * thread warm-up: stuck, once, Dictionary::loaded_, untimed
 * release Dictionary::loaded_: Dictionary::load blocked
 */
#include <chrono>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <unordered_map>

namespace {

class Dictionary {
  public:
    int lookup(const std::string &word) {
        std::call_once(loaded_, &Dictionary::load, this);
        auto found = words_.find(word);
        return found == words_.end() ? -1 : found->second;
    }

  private:
    void load() {
        const char *words[] = {"page", "record", "cursor", "log"};
        for (const char *word : words) words_.emplace(word, static_cast<int>(words_.size()));
        std::thread warm(&Dictionary::warm_up, this);
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        std::puts("ready");
        std::fflush(stdout);
        warm.join();
    }

    void warm_up() {
        pthread_setname_np(pthread_self(), "warm-up");
        for (const char *word : {"page", "record"}) hits_ += lookup(word) >= 0;
    }

    std::once_flag loaded_;
    std::unordered_map<std::string, int> words_;
    int hits_ = 0;
};

} // namespace

int main() {
    Dictionary dictionary;
    std::printf("%d\n", dictionary.lookup("cursor"));
    return 0;
}
