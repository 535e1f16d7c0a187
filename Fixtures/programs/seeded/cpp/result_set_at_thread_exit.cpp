/* truth
 * title: A loader sets its promise at thread exit, after its thread_local buffers are gone, and is slow
 * class: healthy
 * looks-like: promise-abandoned
 * thread main: waiting, futex, the state of rows in main, untimed
 * thread loader: outside, sleep
 * release the state of rows in main: load alive
 * note: set_value_at_thread_exit has been called already; the C++ library makes the future ready as the thread ends
 */
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

thread_local std::vector<std::string> lines;

void upload(const std::vector<std::string> &batch, std::chrono::seconds length) {
    if (!batch.empty()) std::this_thread::sleep_for(length);
}

void load(std::promise<std::size_t> rows, std::chrono::seconds length) {
    pthread_setname_np(pthread_self(), "loader");
    for (int i = 0; i < 1000; i++) lines.push_back("row " + std::to_string(i));
    rows.set_value_at_thread_exit(lines.size());
    upload(lines, length);
}

} // namespace

int main(int argc, char **argv) {
    std::promise<std::size_t> promise;
    auto rows = promise.get_future();
    std::thread loader(load, std::move(promise), std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    if (rows.wait_for(std::chrono::milliseconds(200)) == std::future_status::timeout) {
        std::puts("ready");
        std::fflush(stdout);
    }
    std::printf("%zu rows\n", rows.get());
    loader.join();
    return 0;
}
