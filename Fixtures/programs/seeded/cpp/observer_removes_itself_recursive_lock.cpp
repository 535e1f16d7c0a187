/* truth
 * title: An observer removes itself while it is called, which a copied list and a recursive lock allow, and is slow
 * class: healthy
 * looks-like: self-deadlock
 * thread main: waiting, mutex, Subject::mutex_, untimed
 * thread events: outside, sleep
 * release Subject::mutex_: Subject::publish alive
 */
#include <chrono>
#include <cstdio>
#include <cstdlib>
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
        std::lock_guard<std::recursive_mutex> lock(mutex_);
        observers_[++last_] = std::move(observer);
        return last_;
    }

    void remove(int id) {
        std::lock_guard<std::recursive_mutex> lock(mutex_);
        observers_.erase(id);
    }

    void publish(int event) {
        std::lock_guard<std::recursive_mutex> lock(mutex_);
        auto observers = observers_;
        for (auto &entry : observers) entry.second(event);
    }

  private:
    std::recursive_mutex mutex_;
    std::map<int, Observer> observers_;
    int last_ = 0;
};

struct Progress {
    Subject &subject;
    std::chrono::seconds pause;
    int id = 0, seen = 0;

    void start() {
        id = subject.add([this](int event) {
            seen += event;
            if (seen <= 10) return;
            subject.remove(id);
            std::this_thread::sleep_for(pause);
        });
    }
};

void produce(Subject &subject) {
    pthread_setname_np(pthread_self(), "events");
    for (int event = 1; event < 20; event++) subject.publish(event);
}

} // namespace

int main(int argc, char **argv) {
    Subject subject;
    Progress progress{subject, std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600)};
    progress.start();
    std::thread events(produce, std::ref(subject));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    subject.add([](int event) { std::printf("event %d\n", event); });
    events.join();
    return 0;
}
