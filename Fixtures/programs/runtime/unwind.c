/* unwind FIRST SECOND: stacks in hard places by dw_backtrace() and by glibc's backtrace(). FIRST and SECOND are two
   builds of unwind_library.c. Prints a line for each scenario, and `done` if all went well. */
#define _GNU_SOURCE
#include "unwind.h"
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__thread uint32_t last_flags, last_depth;
static int failures;
static unsigned long compared;
static const char *scenario = "start";
static const char *complained;

uint32_t pick(uint32_t below)
{
    static __thread uint64_t state;
    state = state * 6364136223846793005u + 1442695040888963407u + (state == 0 ? (uint64_t)pthread_self() >> 12 : 0);
    return (uint32_t)(state >> 33) % below;
}

const struct dw_stack_bounds *own_stack(void)
{
    static __thread struct dw_stack_bounds bounds;
    if (bounds.high == 0) {
        pthread_attr_t attributes;
        void *low;
        size_t size;
        pthread_getattr_np(pthread_self(), &attributes);
        pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_destroy(&attributes);
        bounds.low = (uint64_t)low;
        bounds.high = bounds.low + size;
    }
    return &bounds;
}

void expect(int condition, const char *what)
{
    if (condition)
        return;
    __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(&complained, scenario, __ATOMIC_RELAXED) != scenario)
        printf("FAILED %s: %s\n", scenario, what);
}

unsigned long stacks_compared(void) { return __atomic_load_n(&compared, __ATOMIC_RELAXED); }

static void show(const uint64_t *ours, uint32_t count, void **theirs, uint32_t peers)
{
    printf("  flags %#x\n", last_flags);
    for (uint32_t i = 1; i < 40 && (i < count || i < peers); i++) {
        uint64_t left = i < count ? ours[i] : 0, right = i < peers ? (uint64_t)theirs[i] : 0;
        printf("  %2u %#14lx %#14lx%s\n", i, left, right, left == right ? "" : "  <--");
    }
}

__attribute__((noinline)) int same_stack(uint32_t expected)
{
    static __thread uint64_t ours[DEEPEST];
    static __thread void *theirs[DEEPEST];
    uint32_t count = dw_backtrace(own_stack(), ours, DEEPEST, 0, &last_flags);
    uint32_t peers = (uint32_t)backtrace(theirs, DEEPEST);
    last_depth = count;
    __atomic_fetch_add(&compared, 1, __ATOMIC_RELAXED);
    /* The first addresses are those of the two calls above. libgcc ends a stack with the frame whose caller is
       undefined, as is done here; where a stack has a zero at its end it may show that as one more. */
    if (peers == count + 1 && theirs[count] == NULL)
        peers--;
    int same = count == peers && count > 1 && last_flags == expected &&
               memcmp(ours + 1, theirs + 1, (count - 1) * sizeof ours[0]) == 0;
    if (same)
        return 1;
    if (__atomic_load_n(&complained, __ATOMIC_RELAXED) != scenario) {
        expect(0, "the stacks differ");
        show(ours, count, theirs, peers);
    } else {
        expect(0, "");
    }
    return 0;
}

static void limits(void)
{
    uint64_t frames[64], fewer[64];
    uint32_t flags, all = dw_backtrace(own_stack(), frames, 64, 0, &flags);
    expect(all > 2 && flags == 0, "a whole stack");
    expect(dw_backtrace(own_stack(), fewer, all, 0, &flags) == all && flags == 0, "just enough room");
    expect(dw_backtrace(own_stack(), fewer, all - 1, 0, &flags) == all - 1 && flags == DW_STACK_TRUNCATED, "too little");
    expect(memcmp(fewer + 1, frames + 1, (all - 2) * sizeof frames[0]) == 0, "the same frames");
    expect(dw_backtrace(own_stack(), fewer, 64, 1, &flags) == all - 1 && fewer[0] == frames[1], "skip");
    expect(dw_backtrace(own_stack(), fewer, 64, all + 3, &flags) == 0 && flags == 0, "skip all");
    expect(dw_backtrace(own_stack(), fewer, 0, 0, &flags) == 0 && flags == DW_STACK_TRUNCATED, "no room");
    struct dw_stack_bounds cut = *own_stack();
    cut.high = (uint64_t)__builtin_frame_address(0) + 16;
    uint32_t some = dw_backtrace(&cut, fewer, 64, 0, &flags);
    expect(some >= 1 && some < all && flags == DW_STACK_OUT_OF_BOUNDS, "an end of the stack before its frames");
}

static void *on_a_thread(void *body)
{
    ((void (*)(void))body)();
    return NULL;
}

static void run(const char *name, void (*body)(void), int in_thread)
{
    scenario = name;
    unsigned long before = stacks_compared();
    body();
    if (in_thread) {
        pthread_t thread;
        pthread_create(&thread, NULL, on_a_thread, (void *)body);
        pthread_join(thread, NULL);
    }
    printf("%s: %lu stacks\n", name, stacks_compared() - before);
    fflush(stdout);
}

static const char *library[2];
static void run_libraries(void) { libraries(library[0], library[1]); }
static void run_stale(void) { stale_rules(library[0], library[1]); }
static void run_threads(void) { many_threads(library[0]); }

int main(int count, char **arguments)
{
    void *first[1];
    if (count < 3)
        return 2;
    library[0] = arguments[1];
    library[1] = arguments[2];
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    backtrace(first, 1); /* loads libgcc now, not in a signal handler */
    dw_unwind_refresh();
    run("limits", limits, 1);
    run("calls", calls, 1);
    run("exceptions", exceptions, 1);
    run("signals", signals, 1);
    run("foreign stacks", foreign_stacks, 1);
    run("runtime code", runtime_code, 1);
    run("libraries", run_libraries, 1);
    run("stale rules", run_stale, 0);
    run("many threads", run_threads, 0);
    puts(failures == 0 ? "done" : "failed");
    return failures != 0;
}
