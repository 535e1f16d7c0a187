/* truth
 * title: A scanner will sign off in the destructor of its thread_local, when its slow scan is over
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, registry.changed, untimed
 * thread scanner: outside, sleep
 * release registry.changed: SignOff::~SignOff alive
 * note: no function that scan calls by name signals; the destructor is called by the C library as the thread ends
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <thread>

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

void scan(std::chrono::seconds length) {
    pthread_setname_np(pthread_self(), "scanner");
    for (int row = 0; row < 1000; row++) sign_off.rows++;
    std::this_thread::sleep_for(length);
}

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds length(argc > 1 ? std::atoi(argv[1]) : 600);
    std::unique_lock<std::mutex> lock(registry.mutex);
    registry.signed_on = 2;
    std::thread(scan, std::chrono::seconds(0)).detach();
    std::thread(scan, length).detach();
    registry.changed.wait(lock, [] { return registry.signed_on == 1; });
    std::puts("ready");
    std::fflush(stdout);
    registry.changed.wait(lock, [] { return registry.signed_on == 0; });
    std::printf("%ld rows\n", registry.rows);
    return 0;
}
