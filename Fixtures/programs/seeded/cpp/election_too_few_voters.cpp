/* truth
 * title: Two of five configured members vote and share a future that only the third vote would complete
 * class: quorum-short
 * cause: missing-party
 * thread main: stuck, futex, the state of Election::elected_, untimed
 * thread member x2: stuck, futex, the state of Election::elected_, untimed
 * release the state of Election::elected_: Election::vote past, Election::vote never-created
 */
#include <chrono>
#include <cstddef>
#include <cstdio>
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
    explicit Election(std::size_t members) : majority_(members / 2 + 1), elected_(winner_.get_future().share()) {}

    void vote(int candidate) {
        std::lock_guard<std::mutex> lock(mutex_);
        votes_.push_back(candidate);
        if (votes_.size() == majority_) winner_.set_value(votes_.front());
    }

    std::shared_future<int> result() const { return elected_; }

  private:
    std::mutex mutex_;
    std::vector<int> votes_;
    std::size_t majority_;
    std::promise<int> winner_;
    std::shared_future<int> elected_;
};

struct Member {
    std::string address;
    bool reachable;

    void campaign(Election &election, int id) const {
        pthread_setname_np(pthread_self(), "member");
        auto result = election.result();
        election.vote(id);
        std::printf("%s follows %d\n", address.c_str(), result.get());
    }
};

} // namespace

int main() {
    std::vector<Member> members = {{"10.0.0.1", true}, {"10.0.0.2", true}, {"10.0.0.3", false}, {"10.0.0.4", false},
                                   {"10.0.0.5", false}};
    Election election(members.size());
    std::vector<std::thread> threads;
    int id = 0;
    for (const auto &member : members) {
        id++;
        if (member.reachable) threads.emplace_back(&Member::campaign, &member, std::ref(election), id);
    }
    auto result = election.result();
    if (result.wait_for(std::chrono::milliseconds(400)) == std::future_status::timeout) {
        std::puts("ready");
        std::fflush(stdout);
    }
    std::printf("leader %d\n", result.get());
    for (auto &thread : threads) thread.join();
    return 0;
}
