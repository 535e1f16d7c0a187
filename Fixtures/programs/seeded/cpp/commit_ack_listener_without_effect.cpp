/* truth
 * title: A commit waits for an acknowledgement that goes to a listener that does nothing
 * class: dead-wait
 * cause: never-created
 * thread main: stuck, condition, Commit::acknowledged_, untimed
 * thread replica: idle, condition, Replica::shipped_, untimed
 * release Commit::acknowledged_: SynchronousListener::on_acknowledged nobody
 * release Replica::shipped_: Replica::ship blocked
 * note: the replica's thread lives and calls on_acknowledged of a listener; no object of the class that signals exists
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace {

class Commit {
  public:
    void acknowledge(long record) {
        std::lock_guard<std::mutex> lock(mutex_);
        last_ = record;
        acknowledged_.notify_all();
    }

    void wait_for(long record) {
        std::unique_lock<std::mutex> lock(mutex_);
        acknowledged_.wait(lock, [&] { return last_ >= record; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable acknowledged_;
    long last_ = 0;
};

struct Listener {
    virtual ~Listener() = default;
    virtual void on_acknowledged(long record) = 0;
};

struct AsynchronousListener final : Listener {
    void on_acknowledged(long) override {}
};

struct SynchronousListener final : Listener {
    explicit SynchronousListener(Commit &commit) : commit(commit) {}
    void on_acknowledged(long record) override { commit.acknowledge(record); }
    Commit &commit;
};

class Replica {
  public:
    explicit Replica(std::unique_ptr<Listener> listener)
        : listener_(std::move(listener)), thread_(&Replica::apply, this) {}

    ~Replica() {
        ship(0);
        thread_.join();
    }

    void ship(long record) {
        std::lock_guard<std::mutex> lock(mutex_);
        records_.push_back(record);
        shipped_.notify_one();
    }

  private:
    void apply() {
        pthread_setname_np(pthread_self(), "replica");
        for (;;) {
            std::unique_lock<std::mutex> lock(mutex_);
            shipped_.wait(lock, [this] { return !records_.empty(); });
            long record = records_.front();
            records_.pop_front();
            lock.unlock();
            if (record == 0) return;
            listener_->on_acknowledged(record);
        }
    }

    std::mutex mutex_;
    std::condition_variable shipped_;
    std::deque<long> records_;
    std::unique_ptr<Listener> listener_;
    std::thread thread_;
};

std::unique_ptr<Listener> make_listener(const std::string &mode, Commit &commit) {
    if (mode == "synchronous") return std::make_unique<SynchronousListener>(commit);
    return std::make_unique<AsynchronousListener>();
}

} // namespace

int main(int argc, char **argv) {
    Commit commit;
    Replica replica(make_listener(argc > 2 ? argv[2] : "asynchronous", commit));
    replica.ship(17);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    commit.wait_for(17);
    return 0;
}
