/* Stacks from destructors and handlers while C++ exceptions are on their way. */
#include "unwind.h"
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Looks {
    bool has_moved = false;
    ~Looks() { same_stack(0); }
};

__attribute__((noinline)) void thrower(int depth) {
    Looks looks;
    if (depth == 0) throw std::runtime_error("thrown");
    std::function<void(int)> next = thrower;
    next(depth - 1);
}

__attribute__((noinline)) void rethrower(int depth) {
    try {
        thrower(depth);
    } catch (std::exception &error) {
        same_stack(0);
        throw std::logic_error(error.what() + std::string(" again"));
    }
}

void leaf() {
    same_stack(0);
    asm volatile("" ::: "memory");
}

} // namespace

extern "C" void exceptions(void) {
    for (unsigned i = 0; i < 40; i++) {
        try {
            rethrower(static_cast<int>(i % 9));
            expect(false, "an exception");
        } catch (const std::logic_error &) {
            same_stack(0);
        }
        std::vector<std::function<void()>> calls{leaf, [i] { call_tree(i % 5, leaf); }};
        for (auto &call : calls) call();
    }
}
