/* truth
 * title: A condition_variable_any wait gives up one of two levels of a recursive lock that the signaller needs
 * class: dead-wait
 * cause: blocked
 * thread main: stuck, condition, Queue::changed_, untimed
 * thread feeder: stuck, mutex, Queue::mutex_, untimed
 * release Queue::changed_: Queue::put blocked
 * release Queue::mutex_: Queue::move_all blocked
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace {

class Queue {
  public:
    void put(int item) {
        std::lock_guard<std::recursive_mutex> lock(mutex_);
        items_.push_back(item);
        changed_.notify_all();
    }

    int take() {
        std::unique_lock<std::recursive_mutex> lock(mutex_);
        changed_.wait(lock, [this] { return !items_.empty(); });
        int item = items_.front();
        items_.pop_front();
        return item;
    }

    std::vector<int> move_all(int count) {
        std::lock_guard<std::recursive_mutex> lock(mutex_);
        std::vector<int> moved;
        while (static_cast<int>(moved.size()) < count) moved.push_back(take());
        return moved;
    }

  private:
    std::recursive_mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<int> items_;
};

void feed(Queue &queue) {
    pthread_setname_np(pthread_self(), "feeder");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    for (int item = 4; item <= 8; item++) queue.put(item);
}

} // namespace

int main() {
    Queue queue;
    for (int item = 1; item <= 3; item++) queue.put(item);
    std::thread feeder(feed, std::ref(queue));
    std::thread announcer([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        std::puts("ready");
        std::fflush(stdout);
    });
    announcer.detach();
    std::printf("%zu moved\n", queue.move_all(8).size());
    feeder.join();
    return 0;
}
