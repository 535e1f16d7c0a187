// frames_cpp: C++ threads blocked under templates, lambdas, operators, std::function, a destructor that runs while an
// exception unwinds, a catch block and virtual calls through two bases.
#include "settle.h"
#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace {
std::mutex never_free;
std::condition_variable never_signalled;

__attribute__((noinline)) int block(int result)
{
    std::lock_guard<std::mutex> guard(never_free);
    return result;
}
} // namespace

namespace storage {
template <typename Key, typename Value>
class Table {
public:
    template <typename Visitor>
    __attribute__((noinline)) int visit(const Visitor &visitor) const
    {
        int sum = 0;
        for (const auto &[key, value] : rows)
            sum += visitor(key, value);
        return sum;
    }
    __attribute__((noinline)) Value operator[](const Key &key) const { return rows.at(key) + block(1); }
    std::map<Key, Value> rows;
};

inline namespace v2 {
struct Reader {
    virtual ~Reader() = default;
    virtual int read(std::string_view name) = 0;
};
struct Closer {
    virtual ~Closer() = default;
    virtual int close(int how) = 0;
};
struct File final : Reader, Closer {
    __attribute__((noinline)) int read(std::string_view name) override { return block((int)name.size()) + 1; }
    __attribute__((noinline)) int close(int how) override { return block(how) + 2; }
};
} // namespace v2
} // namespace storage

namespace {
struct BlocksWhenDestroyed {
    __attribute__((noinline)) ~BlocksWhenDestroyed() { block(3); }
};

__attribute__((noinline)) void throw_through()
{
    BlocksWhenDestroyed guard;
    throw std::runtime_error("unwinding");
}

void destructor_while_unwinding()
{
    try {
        throw_through();
    } catch (const std::exception &) {
        block(4);
    }
}

void catch_block()
{
    try {
        std::vector<int>{1}.at(7);
    } catch (const std::out_of_range &) {
        block(5);
    }
}

template <int Depth>
__attribute__((noinline)) int nested()
{
    if constexpr (Depth == 0)
        return block(6);
    else
        return nested<Depth - 1>() + Depth;
}

struct Functor {
    __attribute__((noinline)) int operator()(int left, int right) const { return block(left) + right; }
};

void lambda_in_template()
{
    storage::Table<std::string, int> table;
    table.rows["a"] = 1;
    table.visit([](const auto &key, int value) { return block((int)key.size() + value); });
}

void waits_on_condition()
{
    std::mutex mutex;
    std::unique_lock<std::mutex> lock(mutex);
    never_signalled.wait(lock, [] { return false; });
}
} // namespace

int main()
{
    never_free.lock();
    std::vector<std::thread> threads;
    storage::Table<int, long> numbers;
    numbers.rows[1] = 2;
    storage::File file;
    storage::Reader &reader = file;
    storage::Closer &closer = file;
    std::function<int(int)> held = [&numbers](int value) { return (int)numbers[value]; };
    std::variant<int, std::string> either = std::string("text");
    threads.emplace_back(destructor_while_unwinding);
    threads.emplace_back(catch_block);
    threads.emplace_back([] { nested<4>(); });
    threads.emplace_back(lambda_in_template);
    threads.emplace_back([&] { held(1); });
    threads.emplace_back([&] { reader.read("name"); });
    threads.emplace_back([&] { closer.close(1); });
    threads.emplace_back([] { std::vector<int> v{3, 1, 2}; std::sort(v.begin(), v.end(), [](int a, int b) { return block(a) < b; }); });
    threads.emplace_back([&] { std::visit([](const auto &value) { block((int)sizeof value); }, either); });
    threads.emplace_back(Functor(), 1, 2);
    threads.emplace_back(&storage::File::close, &file, 9);
    threads.emplace_back(waits_on_condition);
    settle(0);
    say_ready();
    for (;;)
        pause();
}
