// Classes: bases, virtual ones, templates, references, and how they are handed over.
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <mutex>

struct t1 { long one; };
struct t2 { long two[2]; };
static t1 o1;
static t2 o2;

extern "C" {
unsigned long captured[6];
void capture();
}
__asm__(".pushsection .text\n"
        "capture:\n"
        "mov %rdi, captured(%rip)\n"
        "mov %rsi, captured+8(%rip)\n"
        "mov %rdx, captured+16(%rip)\n"
        "mov %rcx, captured+24(%rip)\n"
        "mov %r8, captured+32(%rip)\n"
        "mov %r9, captured+40(%rip)\n"
        "mov %rdi, %rax\n"
        "ret\n"
        ".popsection\n");

namespace store {
struct Base {
    virtual ~Base() {}
    virtual long run(t1 *) { return 1; }
    int number = 0;
};
struct Shared {
    long shared = 0;
    std::mutex lock;
};
class Queue : public Base, public virtual Shared {
  public:
    long run(t1 *argument) override;
    std::mutex mutex;
    std::condition_variable ready;
    static int count;
};
int Queue::count = 0;
long Queue::run(t1 *argument) { return argument->one + number + shared; }
template <class Value> struct Slot {
    Value value;
    Slot *next;
};
namespace {
struct Hidden {
    int value;
    Slot<long> slot;
};
__attribute__((used)) Hidden g_hidden;
} // namespace
inline namespace v2 {
struct Versioned {
    int value;
};
} // namespace v2
} // namespace store

#define FUNCTION __attribute__((noinline, used))
long g_sink;
// No class of the standard library, whose members differ from one to the next.
struct Owner {
    t1 *object;
    ~Owner() { g_sink++; }
};
struct Holder {
    Owner owner;
};
struct Plain {
    t1 *object;
    long count;
};

FUNCTION long trivial(Plain a, t2 *b) { return a.object->one + b->two[0]; }
FUNCTION long by_reference(Owner a, t2 *b) { return a.object->one + b->two[0]; }
FUNCTION long by_member(Holder a, t2 *b) { return a.owner.object->one + b->two[0]; }
FUNCTION Owner returns_owner(t2 *a) {
    g_sink += a->two[0];
    return Owner{&o1};
}
FUNCTION long references(t1 &a, t2 &&b, const store::Slot<t1 *> &c) { return a.one + b.two[0] + c.value->one; }
FUNCTION long generic(store::Slot<t1 *> *a, store::Slot<long> *b) { return a->value->one + b->value; }
FUNCTION long closure(t1 *a) {
    auto inner = [a](t2 *b) { return a->one + b->two[0]; };
    return inner(&o2);
}

static const char *object(unsigned long value) {
    return value == (unsigned long)&o1 ? "t1" : value == (unsigned long)&o2 ? "t2" : "-";
}
static void show(const char *name, int count) {
    std::printf("registers %s", name);
    for (int index = 0; index < count; index++) std::printf(" %s", object(captured[index]));
    std::printf("\n");
}
#define CALL(function, count, ...)                                                                                     \
    do {                                                                                                               \
        (void)reinterpret_cast<decltype(&function)>(capture)(__VA_ARGS__);                                             \
        show(#function, count);                                                                                        \
        (void)function(__VA_ARGS__);                                                                                   \
    } while (0)
#define SIZE(type, name) std::printf("size %s %zu\n", name, sizeof(type))

int main() {
    store::Queue queue;
    store::Slot<t1 *> slot{&o1, nullptr};
    store::Slot<long> number{1, nullptr};
    store::g_hidden.value = 1;
    store::Versioned versioned{2};
    Owner owner{&o1};
    CALL(trivial, 3, Plain{&o1, 1}, &o2);
    CALL(by_reference, 2, owner, &o2);
    CALL(by_member, 2, Holder{owner}, &o2);
    CALL(references, 3, o1, static_cast<t2 &&>(o2), slot);
    CALL(generic, 2, &slot, &number);
    SIZE(store::Base, "store::Base");
    SIZE(store::Queue, "store::Queue");
    SIZE(store::Shared, "store::Shared");
    SIZE(std::mutex, "std::mutex");
    SIZE(std::condition_variable, "std::condition_variable");
    SIZE(store::Hidden, "store::(anonymous namespace)::Hidden");
    SIZE(store::Versioned, "store::v2::Versioned");
    g_sink += queue.run(&o1) + closure(&o1) + versioned.value + store::Queue::count;
    Owner returned = returns_owner(&o2);
    return returned.object == nullptr;
}
