/* trails FIRST SECOND LIBRARY...: asks dw_stack_number() for the same stacks and for others that differ as little as
   stacks can, and compares what each number stands for with backtrace() in the same place. FIRST and SECOND are builds
   of unwind_library.c, the others of trails_library.c; linked with -Wl,--wrap=dw_trail_find. Prints a line for each
   scenario with the numbers asked for, those recognized by a trail, and the distinct ones, and at the end `done`. */
#define _GNU_SOURCE
#include "dw_runtime.h"
#include "dw_stacks.h"
#include "dw_trail.h"
#include "dw_unwind.h"
#include <alloca.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What dw_records.c needs of the rest of the runtime. */
struct dw_areas dw_areas;
__thread struct dw_self dw_self __attribute__((tls_model("initial-exec")));
struct dw_self *dw_register_late(void) { return &dw_self; }
void dw_module_note(uint64_t pc) { (void)pc; }

enum { DEPTH = 4, PATHS = 256, STEPS = 20000, THREADS = 4 };
static struct dw_registry_header header;
static struct dw_stack_record stacks[DW_STACKS];
static unsigned long asked, recognized, failures;

static void expect(int condition, const char *what)
{
    if (!condition && __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED) < 10)
        printf("FAILED: %s\n", what);
}

uint32_t __real_dw_trail_find(uint64_t base, uint64_t high);
uint32_t __wrap_dw_trail_find(uint64_t base, uint64_t high);
static __thread uint64_t last_base;
uint32_t __wrap_dw_trail_find(uint64_t base, uint64_t high)
{
    uint32_t found = __real_dw_trail_find(base, high);
    last_base = base;
    __atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&recognized, found != 0, __ATOMIC_RELAXED);
    return found;
}

static void begin_thread(void)
{
    pthread_attr_t attributes;
    void *low;
    size_t size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    dw_self.stack_low = (uint64_t)low;
    dw_self.stack_high = dw_self.stack_low + size;
}

/* Whether the record holds these addresses. Its first is in dw_stack_number(), its second and frames[0] are those of
   two calls in the same function. */
static int is_stack(uint32_t number, void *const *frames, uint32_t count)
{
    if (number == 0 || number > DW_STACKS)
        return 0;
    const struct dw_stack_record *record = &stacks[number - 1];
    uint32_t depth = __atomic_load_n(&record->depth, __ATOMIC_ACQUIRE);
    if (depth < DEPTH + 2 || depth > count + 1 || (depth < count + 1 && depth != DW_STACK_FRAMES))
        return 0;
    for (uint32_t i = 2; i < depth; i++)
        if (record->frames[i] != (uint64_t)frames[i - 1])
            return 0;
    return 1;
}

static __thread uint32_t last_number;
static __thread int last_is_right;

/* In the second round nothing is new. */
__attribute__((noinline)) static void ask_twice(void)
{
    void *frames[64];
    for (volatile int round = 0; round < 2; round++) {
        last_number = dw_stack_number(&dw_self);
        last_is_right = is_stack(last_number, frames, (uint32_t)backtrace(frames, 64));
        expect(last_is_right, "a number stands for the stack that it was asked for");
    }
}

__attribute__((noinline)) static void ask_once(void)
{
    void *frames[64];
    last_number = dw_stack_number(&dw_self);
    last_is_right = is_stack(last_number, frames, (uint32_t)backtrace(frames, 64));
}

static uint32_t pick(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)*state * below >> 32);
}

typedef void path_function(unsigned path, unsigned depth, void (*leaf)(void));
typedef void padded_function(unsigned path, unsigned pads, unsigned depth, unsigned rooms, void (*leaf)(void));
static path_function *paths[8];
static padded_function *padded[8];
static unsigned libraries;

/* Goes from path to path by one call site, or one block of a frame, at a time, so that each word of a stack is at some
   time the only one that changes. */
static void wander(uint32_t state)
{
    for (unsigned library = 0; library < libraries; library++) {
        unsigned path = 0, pads = 0;
        for (int step = 0; step < STEPS / THREADS; step++) {
            path ^= (1 + pick(&state, 3)) << 2 * pick(&state, DEPTH);
            paths[library](path, DEPTH, ask_twice);
        }
        for (int step = 0; step < STEPS / THREADS; step++) {
            if (pick(&state, 2))
                path ^= (1 + pick(&state, 3)) << 2 * pick(&state, DEPTH);
            if (pick(&state, 2))
                pads ^= 1u << pick(&state, DEPTH);
            padded[library](path, pads, DEPTH, DEPTH, ask_twice);
        }
    }
}

static void forget_all(void)
{
    memset(stacks, 0, sizeof stacks);
    dw_stacks_reset();
}

static void finish(const char *scenario)
{
    unsigned long distinct = 0;
    for (int i = 0; i < DW_STACKS; i++)
        distinct += stacks[i].depth != 0;
    printf("%s: %lu asked, %lu recognized, %lu distinct\n", scenario, asked, recognized, distinct);
    expect(header.counters[DW_COUNT_STACKS_DROPPED] == 0, "all stacks have a place");
    asked = recognized = 0;
    forget_all();
}

static int go_on;

static void interrupt(int signal)
{
    (void)signal;
    static __thread uint32_t state;
    uint32_t number = last_number;
    int was_right = last_is_right;
    paths[0](pick(&state, PATHS), DEPTH, ask_once);
    expect(last_number != 0, "a handler's stack has a number");
    last_number = number;
    last_is_right = was_right;
}

static void *wander_in_thread(void *seed)
{
    begin_thread();
    wander((uint32_t)(uintptr_t)seed);
    __atomic_fetch_sub(&go_on, 1, __ATOMIC_RELAXED);
    return NULL;
}

/* Threads that keep trails in the same table, interrupted in the middle of it. */
static void threads(int signals)
{
    pthread_t threads[THREADS];
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    go_on = THREADS;
    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_sigmask(signals ? SIG_UNBLOCK : SIG_BLOCK, &blocked, NULL);
        pthread_create(&threads[i], NULL, wander_in_thread, (void *)(i * 7 + 1));
    }
    while (signals && __atomic_load_n(&go_on, __ATOMIC_RELAXED) == THREADS) {
        for (int i = 0; i < THREADS; i++)
            pthread_kill(threads[i], SIGUSR1);
        usleep(500);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* The registry is a new one: in a fork's child. */
static void new_table(void)
{
    for (unsigned path = 0; path < PATHS; path++) {
        for (volatile int table = 0; table < 2; table++) { /* one place, to which both return */
            paths[0](path, DEPTH, ask_once);
            expect(last_is_right, "a stack in a new table");
            forget_all();
        }
    }
}

static void (*call)(void (*leaf)(void));

__attribute__((noinline)) static void through_one(size_t room)
{
    volatile char *unused = alloca(room);
    call(ask_once);
    unused[0] = 1;
}

__attribute__((noinline)) static void through_another(size_t room)
{
    volatile char *unused = alloca(room);
    call(ask_once);
    unused[0] = 2;
}

static void (*volatile through)(size_t room);

/* Below all that dlopen and dlclose touch of the stack. */
__attribute__((noinline)) static void far_below(size_t room)
{
    volatile char *unused = alloca(200000);
    through(room);
    unused[0] = 3;
}

/* Two libraries at the same address, the frames of the second larger. What the first left on the stack stands where its
   trail looks, so the trail fits the second's stack but for what the unwinder has forgotten. */
static void same_address(char **names)
{
    enum { ROOM = 2048, LARGER = 640 };
    static struct {
        uint64_t base;
        uint32_t number;
        int is_right;
    } seen[3];
    void *library = NULL, *place = NULL;
    for (volatile int step = 0; step < 3; step++) {
        if (step < 2) {
            void *before = place;
            if (library != NULL)
                dlclose(library);
            library = dlopen(names[step], RTLD_NOW);
            place = library ? dlsym(library, "library_call") : NULL;
            if (place == NULL || (step == 1 && place != before)) {
                expect(0, "the libraries are at the same address");
                return;
            }
            memcpy(&call, &place, sizeof call);
        } else {
            dw_unwind_forget(0, UINT64_MAX);
        }
        through = step == 0 ? through_one : through_another;
        far_below(step == 0 ? ROOM : ROOM - LARGER); /* one place, to which all return */
        seen[step].base = last_base;
        seen[step].number = last_number;
        seen[step].is_right = last_is_right;
    }
    dlclose(library);
    expect(seen[0].is_right, "the stack under the first library");
    expect(seen[1].base == seen[0].base && seen[1].number == seen[0].number && !seen[1].is_right,
           "before anything is forgotten the trail of the first fits the second");
    expect(seen[2].base == seen[0].base && seen[2].is_right, "the stack under the second library");
}

int main(int count, char **arguments)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    dw_areas.header = &header;
    dw_areas.stacks = stacks;
    dw_areas.stack_capacity = DW_STACKS;
    dw_unwind_refresh();
    begin_thread();
    for (int i = 3; i < count && libraries < 8; i++) {
        void *library = dlopen(arguments[i], RTLD_NOW);
        void *path = library ? dlsym(library, "library_path") : NULL;
        void *with_pads = library ? dlsym(library, "library_padded") : NULL;
        if (path == NULL || with_pads == NULL) {
            puts("no library");
            return 2;
        }
        memcpy(&paths[libraries], &path, sizeof path);
        memcpy(&padded[libraries++], &with_pads, sizeof with_pads);
    }
    if (libraries == 0)
        return 2;
    dw_unwind_refresh();
    wander(1);
    finish("paths");
    threads(0);
    finish("threads");
    threads(1);
    finish("signals");
    new_table();
    finish("tables");
    same_address(arguments + 1);
    finish("libraries");
    puts(failures == 0 ? "done" : "failed");
    return failures != 0;
}
