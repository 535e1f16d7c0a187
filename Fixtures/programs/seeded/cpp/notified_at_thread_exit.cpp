/* truth
 * title: A detached importer will have the condition notified by the C++ library as its thread ends
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, imports.ended, untimed
 * thread importer: outside, sleep
 * release imports.ended: import_file alive
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace {

struct {
    std::mutex mutex;
    std::condition_variable ended;
    int running = 0;
} imports;

void import_file(std::string name, std::chrono::seconds length) {
    pthread_setname_np(pthread_self(), "importer");
    std::this_thread::sleep_for(length);
    std::printf("%s\n", name.c_str());
    std::unique_lock<std::mutex> lock(imports.mutex);
    imports.running--;
    std::notify_all_at_thread_exit(imports.ended, std::move(lock));
}

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds length(argc > 1 ? std::atoi(argv[1]) : 600);
    std::unique_lock<std::mutex> lock(imports.mutex);
    for (const char *name : {"small.csv", "large.csv"}) {
        imports.running++;
        std::thread(import_file, name, name[0] == 's' ? std::chrono::seconds(0) : length).detach();
    }
    imports.ended.wait(lock, [] { return imports.running == 1; });
    std::puts("ready");
    std::fflush(stdout);
    imports.ended.wait(lock, [] { return imports.running == 0; });
    return 0;
}
