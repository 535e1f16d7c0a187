/* truth
 * title: Two members wait for the third vote of a slow one
 * class: healthy
 * looks-like: quorum-short
 * thread main: waiting, futex, the state of Election::elected_, untimed
 * thread member x2: waiting, futex, the state of Election::elected_, untimed
 * thread member-slow: outside, sleep
 * release the state of Election::elected_: Member::campaign alive
 */
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

namespace {

class Election {
  public:
    explicit Election(std::size_t members) : needed_(members), elected_(winner_.get_future().share()) {}

    void vote(int candidate) {
        std::lock_guard<std::mutex> lock(mutex_);
        votes_.push_back(candidate);
        if (votes_.size() == needed_) winner_.set_value(votes_.front());
    }

    std::shared_future<int> result() const { return elected_; }

  private:
    std::mutex mutex_;
    std::vector<int> votes_;
    std::size_t needed_;
    std::promise<int> winner_;
    std::shared_future<int> elected_;
};

struct Member {
    std::string address;
    std::chrono::seconds delay;

    void campaign(Election &election, int id) const {
        pthread_setname_np(pthread_self(), delay.count() > 0 ? "member-slow" : "member");
        std::this_thread::sleep_for(delay);
        auto result = election.result();
        election.vote(id);
        std::printf("%s follows %d\n", address.c_str(), result.get());
    }
};

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds slow(argc > 1 ? std::atoi(argv[1]) : 600), fast(0);
    std::vector<Member> members = {{"10.0.0.1", fast}, {"10.0.0.2", fast}, {"10.0.0.3", slow}};
    Election election(members.size());
    std::vector<std::thread> threads;
    int id = 0;
    for (const auto &member : members)
        threads.emplace_back(&Member::campaign, &member, std::ref(election), ++id);
    auto result = election.result();
    if (result.wait_for(std::chrono::milliseconds(400)) == std::future_status::timeout) {
        std::puts("ready");
        std::fflush(stdout);
    }
    std::printf("leader %d\n", result.get());
    for (auto &thread : threads) thread.join();
    return 0;
}
