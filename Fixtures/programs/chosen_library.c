/* Functions that resolvers choose when the library is loaded (STT_GNU_IFUNC): of an exported name, of a name of the
 * library's own that is called, kept in data and taken as a pointer, and by a resolver that nobody can follow. */
#include "chosen_library.h"

#include <stdlib.h>

#ifdef __clang__
#define KEEP __attribute__((noinline, used))
#else
#define KEEP __attribute__((noipa, used))
#endif

static volatile int sum;
typedef void (*worker)(int);

KEEP static int decide(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") != 0;
}

KEEP static void run_fast(int a) { sum += a + 1; }
KEEP static void run_plain(int a) { sum += a + 2; }
KEEP static worker resolve_run(void) { return decide() ? run_fast : run_plain; }
void chosen_run(int a) __attribute__((ifunc("resolve_run")));

KEEP static void own_fast(int a) { sum += a + 3; }
KEEP static void own_plain(int a) { sum += a + 4; }
KEEP static worker resolve_own(void) { return decide() ? own_fast : own_plain; }
__attribute__((visibility("hidden"))) void own_run(int a) __attribute__((ifunc("resolve_own")));

/* The address of this one is taken, but no resolver returns it. */
KEEP static void never_chosen(int a) { sum += a + 5; }
static worker volatile spare = never_chosen;

static worker kept = own_run;
KEEP static void calls_own(void) { own_run(1); }
KEEP static void calls_kept(void) { kept(2); }
KEEP static void calls_handed(worker work) { work(3); }
KEEP static void hands_own(void) { calls_handed(own_run); }

/* Chosen by what the environment says. */
KEEP static void named_fast(int a) { sum += a + 6; }
static struct {
    worker works[2];
} table = {{named_fast, run_plain}};
KEEP static worker resolve_named(void) { return table.works[decide()]; }
void chosen_named(int a) __attribute__((ifunc("resolve_named")));

void chosen_set(worker work) { kept = work ? work : spare; }

void chosen_all(void) {
    calls_own();
    calls_kept();
    hands_own();
}
