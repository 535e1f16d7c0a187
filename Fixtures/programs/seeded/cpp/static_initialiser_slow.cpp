/* truth
 * title: Two threads wait for a third that initialises a static slowly
 * class: healthy
 * looks-like: deadlock-cycle
 * thread main: waiting, join, answer, untimed
 * thread first: outside, sleep
 * thread other x2: waiting, once, the guard variable of tables in Tables::shared, untimed
 * release the guard variable of tables in Tables::shared: Tables::shared alive
 */
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <thread>
#include <vector>

namespace {

std::chrono::seconds length;

class Tables {
  public:
    static const Tables &shared() {
        static const Tables tables;
        return tables;
    }

    unsigned entry(std::size_t index) const { return entries_[index % entries_.size()]; }

  private:
    Tables() {
        for (unsigned i = 0; i < entries_.size(); i++) entries_[i] = i * 2654435761U;
        std::this_thread::sleep_for(length);
    }

    std::array<unsigned, 256> entries_{};
};

void answer(const char *name, std::size_t index) {
    pthread_setname_np(pthread_self(), name);
    std::printf("%u\n", Tables::shared().entry(index));
}

} // namespace

int main(int argc, char **argv) {
    length = std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600);
    std::vector<std::thread> threads;
    threads.emplace_back(answer, "first", 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    threads.emplace_back(answer, "other", 2);
    threads.emplace_back(answer, "other", 3);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::puts("ready");
    std::fflush(stdout);
    for (auto &thread : threads) thread.join();
    return 0;
}
