// Classes of all shapes that the C++ ABI lays out differently: their tables are held against what clang says of them.
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace shop {
struct Item {
    virtual ~Item() {}
    virtual int price() const = 0;
    virtual int weight() const { return 1; }
};

struct Book : Item {
    int price() const override;
    virtual int pages() const { return 300; }
    int sheets = 150;
};
int Book::price() const { return 20; }

struct Toy final : Item {
    int price() const override;
    int weight() const override { return 7; }
};
int Toy::price() const { return 5; }
} // namespace shop

struct Logger {
    virtual void log(const char *text);
    virtual void flush() {}
    int level = 0;
};
void Logger::log(const char *text) { std::puts(text); }

// Two bases with tables of their own; the second one's is entered through a thunk.
struct LoggedBook : shop::Book, Logger {
    int price() const override;
    void flush() override;
    virtual int shelf() const { return 3; }
};
int LoggedBook::price() const { return 21; }
void LoggedBook::flush() { std::puts("flushed"); }

struct Stream {
    virtual ~Stream() {}
    virtual int open() { return handle; }
    virtual int close() = 0;
    int handle = 1;
};

struct In : virtual Stream {
    int close() override;
    virtual int read() { return 10; }
    int position = 0;
};
int In::close() { return 1; }

struct Out : virtual Stream {
    int close() override { return 2; }
    virtual int write();
    int written = 0;
};
int Out::write() { return 11; }

// A diamond: one Stream, found through the table.
struct Both : In, Out {
    int close() override;
    int open() override { return 12; }
};
int Both::close() { return 3; }

template <class T> struct Box : shop::Item {
    int price() const override { return sizeof(T); }
    virtual T take() { return T(); }
};

template <class T, unsigned long count> struct Crate : Box<T> {
    int weight() const override { return count; }
};

namespace {
struct Hidden : Logger {
    void flush() override { std::puts("hidden"); }
    virtual int secret() { return 42; }
};
} // namespace

// Its table is in the file, but nothing ever makes one.
struct NeverMade : Logger {
    void flush() override;
    virtual void never();
};
void NeverMade::flush() { std::puts("never"); }
void NeverMade::never() {}

// Made by data alone: the linker or the dynamic linker writes the pointer to its table.
struct Constant {
    constexpr Constant() {}
    virtual int value() const;
};
int Constant::value() const { return 8; }
extern const Constant constant;
const Constant constant;

struct Table {
    int (*first)(int);
    int number;
    int (*second)(int);
};
static int twice(int value) { return value * 2; }
static int thrice(int value) { return value * 3; }
extern const Table operations;
const Table operations = {twice, 5, thrice};
Table changeable = {thrice, 6, nullptr};

__attribute__((noinline)) static int all(shop::Item &item) { return item.price() + item.weight(); }
__attribute__((noinline)) static int all(Stream &stream) { return stream.open() + stream.close(); }
__attribute__((noinline)) static void all(Logger &logger) {
    logger.log("all");
    logger.flush();
}

int main(int count, char **) {
    std::vector<std::unique_ptr<shop::Item>> items;
    items.emplace_back(new shop::Book);
    items.emplace_back(new shop::Toy);
    items.emplace_back(new LoggedBook);
    items.emplace_back(new Box<int>);
    items.emplace_back(new Crate<std::string, 4>);
    int sum = 0;
    for (auto &item : items) sum += all(*item);
    std::vector<std::unique_ptr<Stream>> streams;
    streams.emplace_back(new In);
    streams.emplace_back(new Out);
    streams.emplace_back(new Both);
    for (auto &stream : streams) sum += all(*stream);
    std::vector<Logger *> loggers{new Logger, new LoggedBook, new Hidden};
    for (auto logger : loggers) all(*logger);
    std::thread thread([count] { std::printf("%d\n", count); });
    thread.join();
    auto &table = count > 1 ? operations : changeable;
    sum += table.first(count) + constant.value();
    std::printf("ready %d\n", sum);
}
