/* A program that calls functions which its library's resolvers choose: see chosen_library.c. */
#include "chosen_library.h"

#ifdef __clang__
#define KEEP __attribute__((noinline, used))
#else
#define KEEP __attribute__((noipa, used))
#endif

KEEP static void calls_run(void) { chosen_run(1); }
KEEP static void calls_named(void) { chosen_named(2); }

int main(void) {
    calls_run();
    calls_named();
    chosen_all();
    return 0;
}
