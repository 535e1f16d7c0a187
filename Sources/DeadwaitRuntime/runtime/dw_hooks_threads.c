#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <threads.h>

#include "dw_real.h"
#include "dw_runtime.h"
#include "dw_thread.h"

// A thread starts through dw_start(), which takes what it needs from a ring that is claimed and freed without locks.
enum { LAUNCHES = 1024 };
static struct dw_launch_place {
    uint32_t taken;
    struct dw_launch launch;
} launches[LAUNCHES];
static uint32_t next_launch;

static struct dw_launch_place *dw_launch_take(void) {
    for (uint32_t tries = 0; tries < LAUNCHES; tries++) {
        struct dw_launch_place *place = &launches[DW_ADD(next_launch, 1) % LAUNCHES];
        uint32_t free = 0;
        if (__atomic_compare_exchange_n(&place->taken, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return place;
    }
    return 0; // a thousand threads that have been created and not yet run: this one goes without a record of its birth
}

static void dw_launch_give(struct dw_launch_place *place) { DW_PUT_RELEASE(place->taken, 0); }

/// Runs when the thread leaves by pthread_exit or cancellation, not when its start routine returns.
static void dw_left(void *unused) {
    (void)unused;
    dw_thread_leaves(DW_END_CANCELLED); // unless pthread_exit has said so before
}

static void *dw_start(void *argument) {
    struct dw_launch_place *place = argument;
    struct dw_launch launch = place->launch;
    dw_launch_give(place);
    dw_thread_begins(&launch, (uint64_t)(uintptr_t)__builtin_frame_address(0) + 16);
    void *result = 0;
    pthread_cleanup_push(dw_left, 0);
    result = launch.c11_routine != 0 ? (void *)(intptr_t)launch.c11_routine(launch.argument)
                                     : launch.routine(launch.argument);
    pthread_cleanup_pop(0);
    dw_thread_leaves(DW_END_RETURNED);
    return result;
}

static int dw_start_c11(void *argument) { return (int)(intptr_t)dw_start(argument); }

static void dw_record_failure(const struct dw_self *self, int error, uint64_t routine, uint64_t argument, uint32_t stack) {
    uint64_t number = DW_ADD(dw_areas.header->counters[DW_COUNT_FAILURES], 1);
    struct dw_failure_record *record = &dw_areas.failures[number % dw_areas.failure_capacity];
    uint32_t token = dw_change_begin(&record->sequence);
    DW_PUT(record->error, error);
    DW_PUT(record->when, dw_now());
    DW_PUT(record->start_routine, routine);
    DW_PUT(record->argument, argument);
    DW_PUT(record->creator_tid, self->tid);
    DW_PUT(record->creator_serial, self->serial);
    DW_PUT(record->stack, stack);
    DW_PUT(record->number, number);
    dw_change_end(&record->sequence, token);
}

/// The size of a new thread's stack: of its attributes, or the default.
static uint64_t dw_stack_size(const pthread_attr_t *attributes) {
    static uint64_t usual;
    size_t size = 0;
    if (attributes != 0) return pthread_attr_getstacksize(attributes, &size) == 0 ? size : 0;
    if (DW_GET(usual) == 0) {
        pthread_attr_t defaults;
        if (pthread_getattr_default_np(&defaults) == 0) {
            pthread_attr_getstacksize(&defaults, &size);
            pthread_attr_destroy(&defaults);
        }
        DW_PUT(usual, size);
    }
    return DW_GET(usual);
}

struct dw_creation {
    struct dw_self *self;
    struct dw_launch_place *place;
    uint32_t index, start, stack;
    uint64_t routine, argument;
};

/// Fills a slot and a launch for a thread to be; false if it has to be created without.
static bool dw_creation_begin(struct dw_creation *creation, uint64_t stack_size, uint16_t flags) {
    struct dw_self *self = dw_enter();
    if (self == 0) return false;
    creation->self = self;
    creation->start = dw_start_number(creation->routine);
    creation->stack = dw_stack_number(self);
    if ((creation->place = dw_launch_take()) == 0) return false;
    creation->index = DW_NO_SLOT;
    if (dw_slot_take(&creation->index)) {
        struct dw_thread_facts facts = {.state = DW_THREAD_CREATED,
                                        .creator_tid = self->tid,
                                        .creator_serial = self->serial,
                                        .start_routine = creation->routine,
                                        .argument = creation->argument,
                                        .creation_stack = creation->stack,
                                        .flags = flags};
        dw_slot_fill(creation->index, &facts);
    }
    struct dw_launch *launch = &creation->place->launch;
    memset(launch, 0, sizeof *launch);
    launch->argument = (void *)(uintptr_t)creation->argument;
    launch->stack_size = stack_size;
    launch->index = creation->index;
    launch->start = creation->start;
    if (creation->start != 0) {
        struct dw_start_record *start = &dw_areas.starts[creation->start - 1];
        DW_ADD(start->created, 1);
        // The end of a thread without a slot is not seen.
        if (creation->index != DW_NO_SLOT) DW_ADD(start->live, 1);
    }
    return true;
}

static void dw_creation_end(const struct dw_creation *creation, int error, uint64_t handle) {
    struct dw_self *self = creation->self;
    if (error == 0) {
        self->created_handle = creation->index != DW_NO_SLOT ? handle : 0;
        self->created_index = creation->index;
    } else {
        dw_launch_give(creation->place);
        if (creation->index != DW_NO_SLOT) dw_slot_return(creation->index);
        if (creation->start != 0) {
            struct dw_start_record *start = &dw_areas.starts[creation->start - 1];
            DW_ADD(start->created, (uint32_t)-1);
            if (creation->index != DW_NO_SLOT) DW_ADD(start->live, (uint32_t)-1);
            DW_ADD(start->failed, 1);
        }
        dw_record_failure(self, error, creation->routine, creation->argument, creation->stack);
    }
    dw_event(self, DW_EVENT_CREATE, handle, (uint16_t)error, dw_now());
}

DW_EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
                             void *argument) {
    struct dw_creation creation = {.routine = (uint64_t)(uintptr_t)routine, .argument = (uint64_t)(uintptr_t)argument};
    int detached = PTHREAD_CREATE_JOINABLE;
    if (attributes != 0) pthread_attr_getdetachstate(attributes, &detached);
    __typeof__(dw_real.pthread_create) real = DW_REAL(pthread_create);
    if (!dw_creation_begin(&creation, dw_stack_size(attributes),
                           detached == PTHREAD_CREATE_DETACHED ? DW_THREAD_DETACHED : 0))
        return real(thread, attributes, routine, argument);
    creation.place->launch.routine = routine;
    int error = real(thread, attributes, dw_start, creation.place);
    dw_creation_end(&creation, error, error == 0 ? (uint64_t)*thread : 0);
    return error;
}

DW_EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument) {
    struct dw_creation creation = {.routine = (uint64_t)(uintptr_t)routine, .argument = (uint64_t)(uintptr_t)argument};
    __typeof__(dw_real.thrd_create) real = DW_REAL(thrd_create);
    if (!dw_creation_begin(&creation, dw_stack_size(0), 0)) return real(thread, routine, argument);
    creation.place->launch.c11_routine = routine;
    int error = real(thread, dw_start_c11, creation.place);
    dw_creation_end(&creation, error == thrd_success ? 0 : error == thrd_nomem ? ENOMEM : EAGAIN,
                    error == thrd_success ? (uint64_t)*thread : 0);
    return error;
}

/// Marks a thread as joined after a join that worked: its own data are gone by then, its slot is found before.
struct dw_joining {
    struct dw_thread_record *record;
    uint64_t serial;
};

static struct dw_joining dw_join_begin(uint64_t handle) {
    struct dw_joining joining = {.record = dw_record_of(handle)};
    if (joining.record != 0) joining.serial = DW_GET(joining.record->serial);
    return joining;
}

static void dw_join_end(const struct dw_joining *joining, int error) {
    if (error != 0 || joining->record == 0 || DW_GET(joining->record->serial) != joining->serial) return;
    __atomic_fetch_or(&joining->record->flags, DW_THREAD_JOINED, __ATOMIC_RELAXED);
}

#define JOIN(thread, flags, left, call)                                                                                \
    struct dw_wait wait;                                                                                               \
    int result;                                                                                                        \
    struct dw_joining joining = dw_join_begin((uint64_t)(thread));                                                     \
    dw_wait_begin(&wait, DW_KIND_JOIN, (uint64_t)(thread), 0, flags, left);                                            \
    pthread_cleanup_push(dw_wait_cancelled, &wait);                                                                    \
    result = call;                                                                                                     \
    pthread_cleanup_pop(0);                                                                                            \
    dw_wait_end(&wait, result);                                                                                        \
    dw_join_end(&joining, result);                                                                                     \
    return result

DW_EXPORT int pthread_join(pthread_t thread, void **value) {
    __typeof__(dw_real.pthread_join) real = DW_REAL(pthread_join);
    JOIN(thread, 0, 0, real(thread, value));
}

DW_EXPORT int pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *deadline) {
    __typeof__(dw_real.pthread_timedjoin_np) real = DW_REAL(pthread_timedjoin_np);
    JOIN(thread, deadline != 0 ? DW_WAIT_TIMED : 0, dw_time_left(CLOCK_REALTIME, deadline), real(thread, value, deadline));
}

DW_EXPORT int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock, const struct timespec *deadline) {
    __typeof__(dw_real.pthread_clockjoin_np) real = DW_REAL(pthread_clockjoin_np);
    JOIN(thread, deadline != 0 ? DW_WAIT_TIMED : 0, dw_time_left(clock, deadline), real(thread, value, clock, deadline));
}

DW_EXPORT int pthread_tryjoin_np(pthread_t thread, void **value) {
    struct dw_joining joining = dw_join_begin((uint64_t)thread);
    int result = DW_REAL(pthread_tryjoin_np)(thread, value);
    dw_join_end(&joining, result);
    return result;
}

DW_EXPORT int thrd_join(thrd_t thread, int *value) {
    __typeof__(dw_real.thrd_join) real = DW_REAL(thrd_join);
    JOIN(thread, 0, 0, real(thread, value));
}

DW_EXPORT int pthread_detach(pthread_t thread) {
    struct dw_thread_record *record = dw_record_of((uint64_t)thread);
    // Before the call: afterwards the thread may be gone. A detach that fails was of a detached or unknown thread.
    if (record != 0) __atomic_fetch_or(&record->flags, DW_THREAD_DETACHED, __ATOMIC_RELAXED);
    return DW_REAL(pthread_detach)(thread);
}

DW_EXPORT int thrd_detach(thrd_t thread) {
    struct dw_thread_record *record = dw_record_of((uint64_t)thread);
    if (record != 0) __atomic_fetch_or(&record->flags, DW_THREAD_DETACHED, __ATOMIC_RELAXED);
    return DW_REAL(thrd_detach)(thread);
}

DW_EXPORT int pthread_cancel(pthread_t thread) {
    struct dw_thread_record *record = dw_record_of((uint64_t)thread);
    if (record != 0) __atomic_fetch_or(&record->flags, DW_THREAD_CANCEL_ASKED, __ATOMIC_RELAXED);
    return DW_REAL(pthread_cancel)(thread);
}

DW_EXPORT void pthread_exit(void *value) {
    dw_thread_leaves(DW_END_PTHREAD_EXIT);
    DW_REAL(pthread_exit)(value);
    __builtin_unreachable();
}

DW_EXPORT void thrd_exit(int value) {
    dw_thread_leaves(DW_END_PTHREAD_EXIT);
    DW_REAL(thrd_exit)(value);
    __builtin_unreachable();
}

DW_EXPORT int pthread_setname_np(pthread_t thread, const char *name) {
    int result = DW_REAL(pthread_setname_np)(thread, name);
    struct dw_thread_record *record = result == 0 ? dw_record_of((uint64_t)thread) : 0;
    if (record == 0) return result;
    // Two threads that name the same one in the same moment leave either name or a mixture, and a sequence that says
    // so at worst for that moment.
    uint32_t token = dw_change_begin(&record->sequence);
    strncpy(record->name, name, sizeof record->name - 1);
    dw_change_end(&record->sequence, token);
    return result;
}
