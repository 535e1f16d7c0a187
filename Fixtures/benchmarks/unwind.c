/* unwind [ROUNDS]: nanoseconds a frame of dw_backtrace(), with its rules cached and not, and of its peers, 10 frames
   deep, in one run. Each figure is the least of several turns. From the repository's root:

   R=Sources/DeadwaitRuntime/runtime
   clang -O2 -pthread -I$R -ISources/RegistryABI/include Fixtures/benchmarks/unwind.c \
       $R/dw_unwind.c $R/dw_cfi.c $R/dw_modules.c $R/dw_arch_x86_64.c $R/dw_stacks.c -lunwind -o unwind && ./unwind */
#define _GNU_SOURCE
#define UNW_LOCAL_ONLY
#include "dw_stacks.h"
#include "dw_unwind.h"
#include <dlfcn.h>
#include <libunwind.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unwind.h>

enum { FRAMES = 14, TURNS = 15 };

static struct dw_stack_bounds bounds;
static struct dw_stack_record stacks[4096];
static uint64_t frames[FRAMES], dropped;
static void *pointers[FRAMES];
static uint32_t count, flags;
static long rounds = 20000;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static _Unwind_Reason_Code add(struct _Unwind_Context *context, void *unused)
{
    (void)unused;
    if (count == FRAMES)
        return _URC_END_OF_STACK;
    frames[count++] = _Unwind_GetIP(context);
    return _URC_NO_REASON;
}

static void cached(void) { count = dw_backtrace(&bounds, frames, FRAMES, 0, &flags); }
static void uncached(void)
{
    dw_unwind_forget(0, UINT64_MAX);
    count = dw_backtrace(&bounds, frames, FRAMES, 0, &flags);
}
static void forget(void) { dw_unwind_forget(0, UINT64_MAX); }
static void interned(void)
{
    count = dw_backtrace(&bounds, frames, FRAMES, 0, &flags);
    dw_stack_intern(stacks, 4096, frames, count, flags, &dropped);
}
static void intern(void) { dw_stack_intern(stacks, 4096, frames, count, flags, &dropped); }
/* libunwind defines these two itself: the others' are asked for by their libraries. */
static _Unwind_Reason_Code (*libgcc_backtrace)(_Unwind_Trace_Fn, void *);
static int (*glibc_backtrace)(void **, int);
static void by_libgcc(void)
{
    count = 0;
    libgcc_backtrace(add, NULL);
}
static void by_glibc(void) { count = (uint32_t)glibc_backtrace(pointers, FRAMES); }
static void by_libunwind(void) { count = (uint32_t)unw_backtrace(pointers, FRAMES); }
/* unw_backtrace() keeps its own cache of frames, which cannot be emptied; a walk step by step can do without one. */
static void by_libunwind_steps(void)
{
    unw_context_t context;
    unw_cursor_t cursor;
    unw_word_t pc;
    unw_getcontext(&context);
    unw_init_local(&cursor, &context);
    for (count = 0; count < FRAMES && unw_step(&cursor) > 0; count++) {
        unw_get_reg(&cursor, UNW_REG_IP, &pc);
        frames[count] = pc;
    }
}

static void nothing(void) {}

static double measure(void (*body)(void), long times)
{
    double least = 1e18;
    body();
    for (int turn = 0; turn < TURNS; turn++) {
        double start = now();
        for (long i = 0; i < times; i++)
            body();
        double each = (now() - start) / (double)times;
        least = each < least ? each : least;
    }
    return least;
}

static void report(const char *name, double each, uint32_t depth)
{
    printf("%-42s %9.1f ns %8.2f ns a frame, %u frames\n", name, each, depth ? each / depth : 0, depth);
}

static void measure_all(void)
{
    double call = measure(nothing, rounds), forgetting = measure(forget, 200);
    report("dw_backtrace", measure(cached, rounds) - call, (cached(), count));
    report("dw_backtrace, no rule cached", measure(uncached, 200) - forgetting, (uncached(), count));
    report("dw_backtrace and dw_stack_intern", measure(interned, rounds) - call, (interned(), count));
    report("dw_stack_intern", measure(intern, rounds) - call, 0);
    report("unw_backtrace (libunwind)", measure(by_libunwind, rounds) - call, (by_libunwind(), count));
    unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
    report("unw_step (libunwind), nothing cached", measure(by_libunwind_steps, 200) - call,
           (by_libunwind_steps(), count));
    report("_Unwind_Backtrace (libgcc)", measure(by_libgcc, rounds / 10) - call, (by_libgcc(), count));
    report("backtrace (glibc)", measure(by_glibc, rounds / 10) - call, (by_glibc(), count));
}

#define LEVEL(name, next)                                                                                             \
    __attribute__((noinline)) static int name(int value)                                                              \
    {                                                                                                                 \
        volatile int kept = value;                                                                                    \
        next;                                                                                                         \
        return kept + value;                                                                                          \
    }
LEVEL(level7, measure_all())
LEVEL(level6, level7(value))
LEVEL(level5, level6(value))
LEVEL(level4, level5(value))
LEVEL(level3, level4(value))
LEVEL(level2, level3(value))
LEVEL(level1, level2(value))

static void *thread_main(void *argument)
{
    pthread_attr_t attributes;
    void *low;
    size_t size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &low, &size);
    bounds = (struct dw_stack_bounds){(uint64_t)low, (uint64_t)low + size};
    level1(1);
    return argument;
}

int main(int argument_count, char **arguments)
{
    pthread_t thread;
    if (argument_count > 1)
        rounds = atol(arguments[1]);
    libgcc_backtrace = dlsym(dlopen("libgcc_s.so.1", RTLD_NOW), "_Unwind_Backtrace");
    glibc_backtrace = dlsym(dlopen("libc.so.6", RTLD_NOW), "backtrace");
    if (libgcc_backtrace == NULL || glibc_backtrace == NULL)
        return 1;
    pthread_create(&thread, NULL, thread_main, NULL);
    pthread_join(thread, NULL);
}
