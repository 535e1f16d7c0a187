/* truth
 * title: Two actors ask each other and wait for the answer, and neither looks into its mailbox meanwhile
 * class: dead-wait
 * cause: cycle
 * thread main: victim, join, Actor::run, untimed
 * thread orders: stuck, condition, Question::answered of orders, untimed
 * thread stock: stuck, condition, Question::answered of stock, untimed
 * release Question::answered of orders: Question::reply blocked
 * release Question::answered of stock: Question::reply blocked
 * note: reply for the question of orders would be called by the thread stock, that of stock by the thread orders
 */
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace {

struct Question {
    std::mutex mutex;
    std::condition_variable answered;
    bool is_answered = false;
    int answer = 0;

    void reply(int value) {
        std::lock_guard<std::mutex> lock(mutex);
        answer = value;
        is_answered = true;
        answered.notify_one();
    }

    int wait() {
        std::unique_lock<std::mutex> lock(mutex);
        while (!is_answered) answered.wait(lock);
        return answer;
    }
};

class Actor {
  public:
    explicit Actor(std::string name) : name_(std::move(name)) {}

    void start() { thread_ = std::thread(&Actor::run, this); }
    void join() { thread_.join(); }

    void tell(std::function<void(Actor &)> message) {
        std::lock_guard<std::mutex> lock(mutex_);
        mailbox_.push_back(std::move(message));
        arrived_.notify_one();
    }

    int ask(const std::function<int(Actor &)> &what) {
        auto question = std::make_shared<Question>();
        tell([question, what](Actor &self) { question->reply(what(self)); });
        return question->wait();
    }

    int count = 0;
    bool finished = false;

  private:
    void run() {
        pthread_setname_np(pthread_self(), name_.c_str());
        while (!finished) {
            std::unique_lock<std::mutex> lock(mutex_);
            arrived_.wait(lock, [this] { return !mailbox_.empty(); });
            auto message = std::move(mailbox_.front());
            mailbox_.pop_front();
            lock.unlock();
            message(*this);
        }
    }

    std::string name_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::function<void(Actor &)>> mailbox_;
    std::thread thread_;
};

} // namespace

int main() {
    Actor orders("orders"), stock("stock");
    orders.tell([&stock](Actor &self) { self.count -= stock.ask([](Actor &other) { return other.count; }); });
    stock.tell([&orders](Actor &self) { self.count += orders.ask([](Actor &other) { return other.count; }); });
    for (Actor *actor : {&orders, &stock}) actor->tell([](Actor &self) { self.finished = true; });
    orders.start();
    stock.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    orders.join();
    stock.join();
    return 0;
}
