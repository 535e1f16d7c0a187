// Calls that debuggers name in different ways: a template, a method, a static function, one that is put into its caller,
// and one of which the compiler may make a copy. Each leads on to `here`, which writes where its callers go on.
#include <execinfo.h>
#include <cstdio>

#define KEEP __attribute__((noinline))

static volatile int sum;

extern "C" KEEP void here(int value) {
    void *places[16];
    int count = backtrace(places, 16);
    for (int place = 0; place < count; place++) std::printf("%p\n", places[place]);
    sum += value;
}
extern "C" KEEP void aside(int value) { sum -= value; }

static inline __attribute__((always_inline)) void put_in(int value) {
    aside(value);
    here(value);
    aside(value + 1);
}

namespace shop {
template <class Value> KEEP int serve(Value value) {
    aside(int(value));
    put_in(int(value));
    aside(2);
    return sum;
}

struct Till {
    int taken = 0;
    KEEP int take(int value);
};

int Till::take(int value) {
    aside(3);
    taken += serve<long>(value);
    aside(4);
    return taken;
}
}  // namespace shop

static KEEP int copied(shop::Till *till, int fixed, int value) {
    aside(fixed);
    int result = till->take(value + fixed);
    aside(fixed);
    return result;
}

int main(int argc, char **) {
    shop::Till till;
    aside(argc);
    int result = copied(&till, 7, argc);
    aside(result);
    return sum == 12345;
}
