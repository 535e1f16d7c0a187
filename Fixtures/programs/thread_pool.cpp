// thread_pool idle|load: six threads that take tasks from a queue, as std::condition_variable has it. Main hands them
// tasks and waits for their results, for good: idle, whenever a signal comes.
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

class Pool {
public:
    explicit Pool(int count)
    {
        for (int number = 0; number < count; number++)
            threads.emplace_back([this] { run(); });
    }

    std::future<unsigned> submit(std::function<unsigned()> body)
    {
        auto task = std::make_shared<std::packaged_task<unsigned()>>(std::move(body));
        auto result = task->get_future();
        {
            std::lock_guard<std::mutex> guard(lock);
            tasks.push_back([task] { (*task)(); });
        }
        changed.notify_one();
        return result;
    }

private:
    void run()
    {
        while (true) {
            std::function<void()> task;
            {
                std::unique_lock<std::mutex> guard(lock);
                changed.wait(guard, [this] { return !tasks.empty(); });
                task = std::move(tasks.front());
                tasks.pop_front();
            }
            task();
        }
    }

    std::mutex lock;
    std::condition_variable changed;
    std::deque<std::function<void()>> tasks;
    std::vector<std::thread> threads;
};

unsigned hash(unsigned seed)
{
    for (int round = 0; round < 20000; round++)
        seed = (seed ^ seed >> 7) * 16777619u;
    return seed;
}

} // namespace

int main(int, char **arguments)
{
    Pool pool(6);
    std::puts("ready");
    std::fflush(stdout);
    bool is_idle = std::strcmp(arguments[1], "idle") == 0;
    std::signal(SIGUSR1, [](int) {});
    for (unsigned round = 0;; round++) {
        if (is_idle)
            pause();
        std::vector<std::future<unsigned>> results;
        for (unsigned number = 0; number < 12; number++)
            results.push_back(pool.submit([=] { return hash(round + number); }));
        for (auto &result : results)
            result.get();
    }
}
