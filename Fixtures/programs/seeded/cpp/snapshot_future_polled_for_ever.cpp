/* truth
 * title: A backup looks every 50 ms whether a snapshot is ready whose maker gave up without a word
 * class: promise-abandoned
 * cause: exits-on-error
 * thread main: victim, join, Backup::run, untimed
 * thread backup: stuck, futex, the state of Snapshot::done, timed
 * release the state of Snapshot::done: make_snapshot exited
 * note: the wait has a timeout that only leads to the same wait again
 */
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <future>
#include <memory>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct Snapshot {
    std::vector<std::string> files;
    std::promise<std::size_t> done;
};

bool copy_file(const std::string &name) { return name.find(".tmp") == std::string::npos; }

void make_snapshot(const std::shared_ptr<Snapshot> &snapshot) {
    pthread_setname_np(pthread_self(), "snapshot");
    std::size_t copied = 0;
    for (const auto &file : snapshot->files) {
        if (!copy_file(file)) return;
        copied++;
    }
    snapshot->done.set_value(copied);
}

class Backup {
  public:
    explicit Backup(std::vector<std::string> files) : snapshot_(std::make_shared<Snapshot>()) {
        snapshot_->files = std::move(files);
    }

    void run() {
        pthread_setname_np(pthread_self(), "backup");
        auto done = snapshot_->done.get_future();
        std::thread maker(make_snapshot, snapshot_);
        maker.detach();
        while (done.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) progress_++;
        std::printf("%zu files after %ld looks\n", done.get(), progress_);
    }

  private:
    std::shared_ptr<Snapshot> snapshot_;
    long progress_ = 0;
};

} // namespace

int main() {
    Backup backup({"data.0", "data.1", "sort.tmp", "data.2"});
    std::thread thread(&Backup::run, &backup);
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    std::puts("ready");
    std::fflush(stdout);
    thread.join();
    return 0;
}
