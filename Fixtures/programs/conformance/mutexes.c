/* Mutex kinds and their corner cases: timed, robust, priority-inheriting, recursive, error-checking. */
#include "scenario.h"
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

static void mutex_init(pthread_mutex_t *mutex, int type, int robust, int protocol, int shared) {
    pthread_mutexattr_t attributes;
    equal(pthread_mutexattr_init(&attributes), 0);
    equal(pthread_mutexattr_settype(&attributes, type), 0);
    equal(pthread_mutexattr_setrobust(&attributes, robust), 0);
    equal(pthread_mutexattr_setprotocol(&attributes, protocol), 0);
    equal(pthread_mutexattr_setpshared(&attributes, shared), 0);
    equal(pthread_mutex_init(mutex, &attributes), 0);
    equal(pthread_mutexattr_destroy(&attributes), 0);
}

/* What another thread gets from each way to lock. */
struct attempt {
    pthread_mutex_t *mutex;
    int tried, timed, clocked;
};

static void *try_all(void *argument) {
    struct attempt *attempt = argument;
    struct timespec end = from_now(CLOCK_REALTIME, 15);
    attempt->tried = pthread_mutex_trylock(attempt->mutex);
    if (attempt->tried == 0) pthread_mutex_unlock(attempt->mutex);
    attempt->timed = pthread_mutex_timedlock(attempt->mutex, &end);
    if (attempt->timed == 0) pthread_mutex_unlock(attempt->mutex);
    end = from_now(CLOCK_MONOTONIC, 15);
    attempt->clocked = pthread_mutex_clocklock(attempt->mutex, CLOCK_MONOTONIC, &end);
    if (attempt->clocked == 0) pthread_mutex_unlock(attempt->mutex);
    return NULL;
}

static void others_get(pthread_mutex_t *mutex, const char *what) {
    struct attempt attempt = {.mutex = mutex};
    struct runner runner;
    start(&runner, try_all, &attempt);
    finish(&runner);
    note("%s: try %s, timed %s, clocked %s", what, error_name(attempt.tried), error_name(attempt.timed),
         error_name(attempt.clocked));
}

SCENARIO(mutex_kinds) {
    static const struct {
        const char *name;
        int type;
    } types[] = {{"normal", PTHREAD_MUTEX_NORMAL},
                 {"recursive", PTHREAD_MUTEX_RECURSIVE},
                 {"error-checking", PTHREAD_MUTEX_ERRORCHECK},
                 {"adaptive", PTHREAD_MUTEX_ADAPTIVE_NP}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_INHERIT; protocol++) {
            pthread_mutex_t mutex;
            mutex_init(&mutex, types[i].type, PTHREAD_MUTEX_STALLED, protocol, PTHREAD_PROCESS_PRIVATE);
            note("%s, protocol %d", types[i].name, protocol);
            others_get(&mutex, "free");
            equal(pthread_mutex_lock(&mutex), 0);
            others_get(&mutex, "held");
            note("again: try %s", error_name(pthread_mutex_trylock(&mutex)));
            if (types[i].type == PTHREAD_MUTEX_RECURSIVE) {
                equal(pthread_mutex_lock(&mutex), 0);
                equal(pthread_mutex_unlock(&mutex), 0);
                equal(pthread_mutex_unlock(&mutex), 0);
            }
            if (types[i].type == PTHREAD_MUTEX_ERRORCHECK) note("again: %s", error_name(pthread_mutex_lock(&mutex)));
            note("destroy while held: %s", error_name(pthread_mutex_destroy(&mutex)));
            equal(pthread_mutex_unlock(&mutex), 0);
            if (types[i].type == PTHREAD_MUTEX_ERRORCHECK || types[i].type == PTHREAD_MUTEX_RECURSIVE)
                note("unlock unheld: %s", error_name(pthread_mutex_unlock(&mutex)));
            equal(pthread_mutex_destroy(&mutex), 0);
        }
    }
}

static void timed(pthread_mutex_t *mutex, const char *what, struct timespec end) {
    int realtime = pthread_mutex_timedlock(mutex, &end);
    if (realtime == 0) pthread_mutex_unlock(mutex);
    int monotonic = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &end);
    if (monotonic == 0) pthread_mutex_unlock(mutex);
    int unknown = pthread_mutex_clocklock(mutex, CLOCK_PROCESS_CPUTIME_ID, &end);
    if (unknown == 0) pthread_mutex_unlock(mutex);
    note("%s: %s, %s, %s", what, error_name(realtime), error_name(monotonic), error_name(unknown));
}

static void all_times(pthread_mutex_t *mutex) {
    timed(mutex, "past", (struct timespec){1, 0});
    timed(mutex, "zero", (struct timespec){0, 0});
    timed(mutex, "negative", (struct timespec){-1, 0});
    timed(mutex, "least", (struct timespec){LONG_MIN, 0});
    timed(mutex, "nanoseconds too big", (struct timespec){1, 1000000000});
    timed(mutex, "nanoseconds negative", (struct timespec){1, -1});
}

static void *with_times(void *mutex) {
    all_times(mutex);
    return NULL;
}

SCENARIO(mutex_times) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct runner runner;
    note("free");
    all_times(&mutex);
    timed(&mutex, "greatest", (struct timespec){LONG_MAX, 999999999});
    timed(&mutex, "beyond 32 bits", (struct timespec){1L << 33, 0});
    pthread_mutex_lock(&mutex);
    note("held");
    start(&runner, with_times, &mutex);
    finish(&runner);
    pthread_mutex_unlock(&mutex);
}

static void *greatest_time(void *argument) {
    pthread_mutex_t *mutex = argument;
    struct timespec end = {LONG_MAX, 999999999};
    int error = pthread_mutex_timedlock(mutex, &end);
    if (error == 0) pthread_mutex_unlock(mutex);
    note("timedlock: %s", error_name(error));
    return NULL;
}

/* A deadline that the kernel's own clock cannot hold. */
SCENARIO(mutex_waits_until_the_greatest_time) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct runner runner;
    pthread_mutex_lock(&mutex);
    start(&runner, greatest_time, &mutex);
    until_asleep(&runner);
    pthread_mutex_unlock(&mutex);
    finish(&runner);
}

static void *die_with(void *mutex) {
    equal(pthread_mutex_lock(mutex), 0);
    return NULL;
}

static void *wait_for_dead(void *argument) {
    pthread_mutex_t *mutex = argument;
    int error = pthread_mutex_lock(mutex);
    if (error == EOWNERDEAD) equal(pthread_mutex_consistent(mutex), 0);
    if (error == 0 || error == EOWNERDEAD) equal(pthread_mutex_unlock(mutex), 0);
    return (void *)(intptr_t)error;
}

static void *die_late(void *argument) {
    equal(pthread_mutex_lock(argument), 0);
    pause_for(40);
    return NULL;
}

static void robust_life(int protocol, int shared) {
    pthread_mutex_t *mutex = shared_memory(sizeof *mutex);
    struct runner runner, waiter;
    struct timespec end = from_now(CLOCK_REALTIME, 1000);
    mutex_init(mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, protocol, shared);
    start(&runner, die_with, mutex);
    finish(&runner);
    note("try: %s", error_name(pthread_mutex_trylock(mutex)));
    equal(pthread_mutex_consistent(mutex), 0);
    equal(pthread_mutex_unlock(mutex), 0);
    start(&runner, die_with, mutex);
    finish(&runner);
    note("timedlock: %s", error_name(pthread_mutex_timedlock(mutex, &end)));
    equal(pthread_mutex_consistent(mutex), 0);
    equal(pthread_mutex_unlock(mutex), 0);
    start(&runner, die_late, mutex);
    until_asleep(&runner);
    start(&waiter, wait_for_dead, mutex);
    note("waiter: %s", error_name((int)(intptr_t)finish(&waiter)));
    finish(&runner);
    note("after: %s", error_name((int)(intptr_t)wait_for_dead(mutex)));
    start(&runner, die_with, mutex);
    finish(&runner);
    note("lock: %s", error_name(pthread_mutex_lock(mutex)));
    equal(pthread_mutex_unlock(mutex), 0); // Not made consistent: nobody can ever have it again.
    note("inconsistent: %s", error_name(pthread_mutex_lock(mutex)));
    note("inconsistent: timedlock %s", error_name(pthread_mutex_timedlock(mutex, &end)));
    note("inconsistent: try %s", error_name(pthread_mutex_trylock(mutex)));
    equal(pthread_mutex_destroy(mutex), 0);
}

SCENARIO(mutex_robust) { robust_life(PTHREAD_PRIO_NONE, PTHREAD_PROCESS_PRIVATE); }
SCENARIO(mutex_robust_shared) { robust_life(PTHREAD_PRIO_NONE, PTHREAD_PROCESS_SHARED); }
SCENARIO(mutex_robust_inheriting) { robust_life(PTHREAD_PRIO_INHERIT, PTHREAD_PROCESS_PRIVATE); }

struct robust_condition {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    bool flag;
};

static void *robust_waiter(void *argument) {
    struct robust_condition *shared = argument;
    equal(pthread_mutex_lock(&shared->mutex), 0);
    int error = 0;
    while (!shared->flag && error == 0) error = pthread_cond_wait(&shared->condition, &shared->mutex);
    if (error == EOWNERDEAD) equal(pthread_mutex_consistent(&shared->mutex), 0);
    equal(pthread_mutex_unlock(&shared->mutex), 0);
    return (void *)(intptr_t)error;
}

static void *signal_and_die(void *argument) {
    struct robust_condition *shared = argument;
    equal(pthread_mutex_lock(&shared->mutex), 0);
    shared->flag = true;
    equal(pthread_cond_signal(&shared->condition), 0);
    pause_for(20);
    return NULL;
}

/* A condition wait that comes back to a mutex whose owner has died. */
SCENARIO(cond_wait_gets_a_dead_owners_mutex) {
    struct robust_condition shared = {.condition = PTHREAD_COND_INITIALIZER};
    struct runner waiter, signaller;
    mutex_init(&shared.mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_PRIVATE);
    start(&waiter, robust_waiter, &shared);
    until_asleep(&waiter);
    start(&signaller, signal_and_die, &shared);
    finish(&signaller);
    note("cond_wait: %s", error_name((int)(intptr_t)finish(&waiter)));
}

static pthread_mutex_t counter_mutex;
static long counter;

static void *count_up(void *argument) {
    (void)argument;
    for (int i = 0; i < 20000; i++) {
        struct timespec end = {1L << 40, 0};
        equal(i % 2 == 0 ? pthread_mutex_lock(&counter_mutex) : pthread_mutex_timedlock(&counter_mutex, &end), 0);
        counter++;
        equal(pthread_mutex_unlock(&counter_mutex), 0);
    }
    return NULL;
}

static void excludes(int type, int robust, int protocol) {
    struct runner runners[4];
    counter = 0;
    mutex_init(&counter_mutex, type, robust, protocol, PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < 4; i++) start(&runners[i], count_up, NULL);
    for (int i = 0; i < 4; i++) finish(&runners[i]);
    note("%ld", counter);
    equal(pthread_mutex_destroy(&counter_mutex), 0);
}

SCENARIO(mutex_excludes) {
    excludes(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
    excludes(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
    excludes(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE);
    excludes(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
    excludes(PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
}

/* Needs a real-time priority below the ceiling for a thread without privileges; what comes out is compared all the
 * same. */
SCENARIO(mutex_priority_ceiling) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    int ceiling = -1, old = -1;
    pthread_mutexattr_init(&attributes);
    note("protocol: %s", error_name(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_PROTECT)));
    note("ceiling: %s", error_name(pthread_mutexattr_setprioceiling(&attributes, 10)));
    note("init: %s", error_name(pthread_mutex_init(&mutex, &attributes)));
    int error = pthread_mutex_lock(&mutex);
    note("lock: %s", error_name(error));
    if (error == 0) equal(pthread_mutex_unlock(&mutex), 0);
    struct timespec end = from_now(CLOCK_REALTIME, 10);
    error = pthread_mutex_timedlock(&mutex, &end);
    note("timedlock: %s", error_name(error));
    if (error == 0) equal(pthread_mutex_unlock(&mutex), 0);
    error = pthread_mutex_getprioceiling(&mutex, &ceiling);
    note("get: %s %d", error_name(error), ceiling);
    error = pthread_mutex_setprioceiling(&mutex, 12, &old);
    note("set: %s %d", error_name(error), old);
}

static void *inheriting_holder(void *argument) {
    equal(pthread_mutex_lock(argument), 0);
    pause_for(30);
    equal(pthread_mutex_unlock(argument), 0);
    return NULL;
}

SCENARIO(mutex_inheriting_contended) {
    pthread_mutex_t mutex;
    struct runner holder, waiter;
    mutex_init(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT, PTHREAD_PROCESS_PRIVATE);
    start(&holder, inheriting_holder, &mutex);
    until_asleep(&holder);
    start(&waiter, wait_for_dead, &mutex);
    note("waiter: %s", error_name((int)(intptr_t)finish(&waiter)));
    finish(&holder);
}

SCENARIO(spin_locks) {
    pthread_spinlock_t lock;
    equal(pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE), 0);
    equal(pthread_spin_lock(&lock), 0);
    equal(pthread_spin_trylock(&lock), EBUSY);
    equal(pthread_spin_unlock(&lock), 0);
    equal(pthread_spin_destroy(&lock), 0);
}
