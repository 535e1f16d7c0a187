/* truth
 * title: Threads sign off in the destructor of a thread_local that a thread without work never touches
 * class: dead-wait
 * cause: exited
 * thread main: stuck, condition, registry.changed, untimed
 * release registry.changed: SignOff::~SignOff exited
 * note: the thread that has exited never ran the destructor, since it never used the variable
 */
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace {

struct Registry {
    std::mutex mutex;
    std::condition_variable changed;
    int signed_on = 0;
    long rows = 0;
};

Registry registry;

struct SignOff {
    long rows = 0;

    ~SignOff() {
        std::lock_guard<std::mutex> lock(registry.mutex);
        registry.rows += rows;
        registry.signed_on--;
        registry.changed.notify_all();
    }
};

thread_local SignOff sign_off;

void scan(int from, int to) {
    pthread_setname_np(pthread_self(), "scanner");
    for (int row = from; row < to; row++) sign_off.rows++;
}

std::thread start_scanner(int from, int to) {
    {
        std::lock_guard<std::mutex> lock(registry.mutex);
        registry.signed_on++;
    }
    return std::thread(scan, from, to);
}

} // namespace

int main() {
    const int rows = 900, size = 450;
    std::vector<std::thread> scanners;
    for (int from = 0; from <= rows; from += size)
        scanners.push_back(start_scanner(from, from + size < rows ? from + size : rows));
    for (auto &scanner : scanners) scanner.join();
    std::puts("ready");
    std::fflush(stdout);
    std::unique_lock<std::mutex> lock(registry.mutex);
    registry.changed.wait(lock, [] { return registry.signed_on == 0; });
    std::printf("%ld rows\n", registry.rows);
    return 0;
}
