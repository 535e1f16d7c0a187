/* truth
 * title: A bounded queue wakes one waiter of a condition that stands for both not full and not empty, the wrong one
 * class: lost-wakeup
 * cause: other-waiter
 * thread main: victim, join, produce, untimed
 * thread producer x2: stuck, condition, Queue::changed_, untimed
 * thread consumer: stuck, condition, Queue::changed_, untimed
 * release Queue::changed_: Queue::push blocked, Queue::take blocked
 * note: the queue is full, so what the consumer waits for has come true
 */
#include <chrono>
#include <condition_variable>
#include <cstddef>
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
    void push(int item) {
        std::unique_lock<std::mutex> lock(mutex_);
        while (items_.size() == capacity) {
            blocked_++;
            changed_.wait(lock);
            blocked_--;
        }
        items_.push_back(item);
        changed_.notify_one();
    }

    std::vector<int> take(std::size_t count) {
        std::vector<int> batch;
        std::unique_lock<std::mutex> lock(mutex_);
        while (batch.size() < count) {
            while (items_.empty()) changed_.wait(lock);
            batch.push_back(items_.front());
            items_.pop_front();
            changed_.notify_one();
        }
        return batch;
    }

    int blocked() {
        std::lock_guard<std::mutex> lock(mutex_);
        return blocked_;
    }

  private:
    static constexpr std::size_t capacity = 1;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<int> items_;
    int blocked_ = 0;
};

void produce(Queue &queue, int from) {
    pthread_setname_np(pthread_self(), "producer");
    for (int item = from; item < from + 1000; item++) queue.push(item);
}

void consume(Queue &queue) {
    pthread_setname_np(pthread_self(), "consumer");
    long sum = 0;
    for (int batch = 0; batch < 200; batch++)
        for (int item : queue.take(10)) sum += item;
    std::printf("%ld\n", sum);
}

} // namespace

int main() {
    Queue queue;
    std::vector<std::thread> threads;
    threads.emplace_back(produce, std::ref(queue), 1000);
    threads.emplace_back(produce, std::ref(queue), 2000);
    while (queue.blocked() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    threads.emplace_back(consume, std::ref(queue));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    std::puts("ready");
    std::fflush(stdout);
    for (auto &thread : threads) thread.join();
    return 0;
}
