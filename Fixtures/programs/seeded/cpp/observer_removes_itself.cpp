/* truth
 * title: An observer that has seen enough removes itself from the list whose lock is held while it is called
 * class: self-deadlock
 * cause: only-self
 * thread main: victim, mutex, Subject::mutex_, untimed
 * thread events: stuck, mutex, Subject::mutex_, untimed
 * release Subject::mutex_: Subject::publish blocked
 */
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>

namespace {

class Subject {
  public:
    using Observer = std::function<void(int)>;

    int add(Observer observer) {
        std::lock_guard<std::mutex> lock(mutex_);
        observers_[++last_] = std::move(observer);
        return last_;
    }

    void remove(int id) {
        std::lock_guard<std::mutex> lock(mutex_);
        observers_.erase(id);
    }

    void publish(int event) {
        std::lock_guard<std::mutex> lock(mutex_);
        for (auto &entry : observers_) entry.second(event);
    }

  private:
    std::mutex mutex_;
    std::map<int, Observer> observers_;
    int last_ = 0;
};

struct Progress {
    Subject &subject;
    int id = 0, seen = 0;

    void start() {
        id = subject.add([this](int event) {
            seen += event;
            if (seen > 10) subject.remove(id);
        });
    }
};

void produce(Subject &subject) {
    pthread_setname_np(pthread_self(), "events");
    for (int event = 1; event < 20; event++) subject.publish(event);
}

} // namespace

int main() {
    Subject subject;
    Progress progress{subject};
    progress.start();
    std::thread events(produce, std::ref(subject));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    subject.add([](int event) { std::printf("event %d\n", event); });
    events.join();
    return 0;
}
