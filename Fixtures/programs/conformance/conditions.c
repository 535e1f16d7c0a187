/* Conditions, read-write locks, semaphores and barriers: results, wake-ups, clocks and times. */
#include "scenario.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int tickets, taken;

static void *take_ticket(void *argument) {
    (void)argument;
    pthread_mutex_lock(&mutex);
    while (tickets == 0) pthread_cond_wait(&condition, &mutex);
    tickets--;
    taken++;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static int taken_now(void) {
    pthread_mutex_lock(&mutex);
    int now = taken;
    pthread_mutex_unlock(&mutex);
    return now;
}

SCENARIO(cond_signal_wakes_one) {
    struct runner runners[4];
    for (int i = 0; i < 4; i++) start(&runners[i], take_ticket, NULL);
    for (int i = 0; i < 4; i++) until_asleep(&runners[i]);
    for (int i = 1; i <= 4; i++) {
        pthread_mutex_lock(&mutex);
        tickets++;
        equal(pthread_cond_signal(&condition), 0);
        pthread_mutex_unlock(&mutex);
        while (taken_now() < i) pause_for(1);
        pause_for(3);
        note("taken %d", taken_now());
    }
    for (int i = 0; i < 4; i++) finish(&runners[i]);
    equal(pthread_cond_destroy(&condition), 0);
}

SCENARIO(cond_broadcast_wakes_all) {
    struct runner runners[16];
    for (int i = 0; i < 16; i++) start(&runners[i], take_ticket, NULL);
    for (int i = 0; i < 16; i++) until_asleep(&runners[i]);
    pthread_mutex_lock(&mutex);
    tickets = 16;
    equal(pthread_cond_broadcast(&condition), 0);
    pthread_mutex_unlock(&mutex);
    equal(pthread_cond_destroy(&condition), 0); // Allowed at once after a broadcast; it waits for the woken.
    memset(&condition, 0xff, sizeof condition);
    for (int i = 0; i < 16; i++) finish(&runners[i]);
    note("taken %d", taken);
}

SCENARIO(cond_signal_without_waiters) {
    for (int i = 0; i < 1000; i++) equal(pthread_cond_signal(&condition), 0);
    for (int i = 0; i < 1000; i++) equal(pthread_cond_broadcast(&condition), 0);
    struct timespec end = from_now(CLOCK_REALTIME, 5);
    pthread_mutex_lock(&mutex);
    note("not remembered: %s", error_name(pthread_cond_timedwait(&condition, &mutex, &end)));
    pthread_mutex_unlock(&mutex);
}

static void condition_times(const char *clock_name, clockid_t clock) {
    static const struct {
        const char *name;
        struct timespec time;
    } times[] = {{"past", {1, 0}},
                 {"zero", {0, 0}},
                 {"negative", {-1, 0}},
                 {"least", {LONG_MIN, 0}},
                 {"nanoseconds too big", {1, 1000000000}},
                 {"nanoseconds negative", {1, -1}}};
    pthread_condattr_t attributes;
    pthread_cond_t timed;
    pthread_condattr_init(&attributes);
    equal(pthread_condattr_setclock(&attributes, clock), 0);
    equal(pthread_cond_init(&timed, &attributes), 0);
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int plain = pthread_cond_timedwait(&timed, &mutex, &times[i].time);
        int realtime = pthread_cond_clockwait(&timed, &mutex, CLOCK_REALTIME, &times[i].time);
        int monotonic = pthread_cond_clockwait(&timed, &mutex, CLOCK_MONOTONIC, &times[i].time);
        int unknown = pthread_cond_clockwait(&timed, &mutex, CLOCK_THREAD_CPUTIME_ID, &times[i].time);
        note("%s, %s: %s, %s, %s, %s", clock_name, times[i].name, error_name(plain), error_name(realtime),
             error_name(monotonic), error_name(unknown));
        equal(pthread_mutex_trylock(&mutex), EBUSY);
    }
    struct timespec begin, end = from_now(clock, 20);
    equal(pthread_cond_timedwait(&timed, &mutex, &end), ETIMEDOUT);
    clock_gettime(clock, &begin);
    expect(begin.tv_sec > end.tv_sec || (begin.tv_sec == end.tv_sec && begin.tv_nsec >= end.tv_nsec));
    pthread_mutex_unlock(&mutex);
    equal(pthread_cond_destroy(&timed), 0);
}

SCENARIO(cond_times) {
    condition_times("realtime", CLOCK_REALTIME);
    condition_times("monotonic", CLOCK_MONOTONIC);
}

static void *wait_until_greatest(void *argument) {
    struct timespec end = {LONG_MAX, 999999999};
    (void)argument;
    pthread_mutex_lock(&mutex);
    while (tickets == 0) {
        int error = pthread_cond_timedwait(&condition, &mutex, &end);
        if (error != 0) {
            note("greatest: %s", error_name(error));
            break;
        }
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

SCENARIO(cond_waits_until_the_greatest_time) {
    struct runner runner;
    start(&runner, wait_until_greatest, NULL);
    until_asleep(&runner);
    pthread_mutex_lock(&mutex);
    tickets = 1;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    finish(&runner);
}

/* Conditions that live on the stack, by the hundred thousand. */
SCENARIO(cond_created_and_destroyed) {
    for (int i = 0; i < 100000; i++) {
        pthread_cond_t passing;
        equal(pthread_cond_init(&passing, NULL), 0);
        if (i % 3 == 0) equal(pthread_cond_signal(&passing), 0);
        equal(pthread_cond_destroy(&passing), 0);
        memset(&passing, i, sizeof passing);
    }
    note("100000 conditions");
}

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void rwlock_attempts(const char *what) {
    struct timespec realtime = from_now(CLOCK_REALTIME, 5), monotonic = from_now(CLOCK_MONOTONIC, 5);
    struct timespec wrong = {1, 1000000000};
    int results[8] = {
        pthread_rwlock_tryrdlock(&lock),
        pthread_rwlock_trywrlock(&lock),
        pthread_rwlock_timedrdlock(&lock, &realtime),
        pthread_rwlock_timedwrlock(&lock, &realtime),
        pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &monotonic),
        pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &monotonic),
        pthread_rwlock_timedrdlock(&lock, &wrong),
        pthread_rwlock_clockwrlock(&lock, CLOCK_PROCESS_CPUTIME_ID, &monotonic),
    };
    for (int i = 0; i < 8; i++) {
        note("%s %d: %s", what, i, error_name(results[i]));
        if (results[i] == 0) equal(pthread_rwlock_unlock(&lock), 0);
    }
}

static void *rwlock_other(void *what) {
    rwlock_attempts(what);
    return NULL;
}

SCENARIO(rwlock_results) {
    struct runner runner;
    pthread_rwlock_rdlock(&lock);
    start(&runner, rwlock_other, "read-held, other");
    finish(&runner);
    note("reader writes: %s", error_name(pthread_rwlock_trywrlock(&lock)));
    pthread_rwlock_unlock(&lock);
    pthread_rwlock_wrlock(&lock);
    start(&runner, rwlock_other, "write-held, other");
    finish(&runner);
    note("writer again: %s, %s", error_name(pthread_rwlock_wrlock(&lock)), error_name(pthread_rwlock_rdlock(&lock)));
    pthread_rwlock_unlock(&lock);
    equal(pthread_rwlock_trywrlock(&lock), 0);
    equal(pthread_rwlock_unlock(&lock), 0);
    equal(pthread_rwlock_destroy(&lock), 0);
}

static long rw_value, rw_sum;

static void *read_and_write(void *argument) {
    long writes = (long)argument;
    for (int i = 0; i < 4000; i++) {
        struct timespec end = {1L << 40, 0};
        if (i % 4 < writes) {
            equal(i % 2 == 0 ? pthread_rwlock_wrlock(&lock) : pthread_rwlock_timedwrlock(&lock, &end), 0);
            rw_value++;
        } else {
            equal(i % 2 == 0 ? pthread_rwlock_rdlock(&lock) : pthread_rwlock_timedrdlock(&lock, &end), 0);
            __atomic_fetch_add(&rw_sum, rw_value & 0, __ATOMIC_RELAXED);
        }
        equal(pthread_rwlock_unlock(&lock), 0);
    }
    return NULL;
}

SCENARIO(rwlock_excludes) {
    for (int kind = PTHREAD_RWLOCK_PREFER_READER_NP; kind <= PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP; kind++) {
        pthread_rwlockattr_t attributes;
        struct runner runners[4];
        pthread_rwlockattr_init(&attributes);
        equal(pthread_rwlockattr_setkind_np(&attributes, kind), 0);
        equal(pthread_rwlock_init(&lock, &attributes), 0);
        rw_value = 0;
        for (long i = 0; i < 4; i++) start(&runners[i], read_and_write, (void *)i);
        for (int i = 0; i < 4; i++) finish(&runners[i]);
        note("kind %d: %ld", kind, rw_value);
    }
}

SCENARIO(semaphore_results) {
    sem_t semaphore;
    int value = -1;
    struct timespec past = {1, 0}, wrong = {1, 1000000000}, negative = {-1, 0};
    equal(sem_init(&semaphore, 0, SEM_VALUE_MAX), 0);
    outcome("overflow", sem_post(&semaphore));
    equal(sem_destroy(&semaphore), 0);
    outcome("too big", sem_init(&semaphore, 0, SEM_VALUE_MAX + 1u));
    equal(sem_init(&semaphore, 0, 1), 0);
    note("available, wrong time: %d", sem_timedwait(&semaphore, &wrong));
    outcome("wrong time", sem_timedwait(&semaphore, &wrong));
    outcome("past", sem_timedwait(&semaphore, &past));
    outcome("negative", sem_timedwait(&semaphore, &negative));
    outcome("clock", sem_clockwait(&semaphore, CLOCK_MONOTONIC, &past));
    outcome("unknown clock", sem_clockwait(&semaphore, CLOCK_PROCESS_CPUTIME_ID, &past));
    outcome("try", sem_trywait(&semaphore));
    errno = 1234;
    equal(sem_post(&semaphore), 0);
    equal(sem_wait(&semaphore), 0);
    note("errno is kept: %d", errno);
    equal(sem_getvalue(&semaphore, &value), 0);
    note("value %d", value);
}

static void *post_many(void *argument) {
    for (int i = 0; i < 20000; i++) equal(sem_post(argument), 0);
    return NULL;
}

static void *take_many(void *argument) {
    for (int i = 0; i < 20000; i++) equal(sem_wait(argument), 0);
    return NULL;
}

SCENARIO(semaphore_counts) {
    sem_t semaphore;
    struct runner runners[4];
    int value = -1;
    sem_init(&semaphore, 0, 3);
    for (int i = 0; i < 4; i++) start(&runners[i], i % 2 == 0 ? post_many : take_many, &semaphore);
    for (int i = 0; i < 4; i++) finish(&runners[i]);
    sem_getvalue(&semaphore, &value);
    note("value %d", value);
}

static pthread_barrier_t barrier;
static atomic_int serials;

static void *through(void *argument) {
    (void)argument;
    for (int i = 0; i < 200; i++) {
        int result = pthread_barrier_wait(&barrier);
        if (result == PTHREAD_BARRIER_SERIAL_THREAD) atomic_fetch_add(&serials, 1);
        else equal(result, 0);
    }
    return NULL;
}

SCENARIO(barrier_serials) {
    struct runner runners[5];
    note("none: %s", error_name(pthread_barrier_init(&barrier, NULL, 0)));
    equal(pthread_barrier_init(&barrier, NULL, 5), 0);
    for (int i = 0; i < 5; i++) start(&runners[i], through, NULL);
    for (int i = 0; i < 5; i++) finish(&runners[i]);
    equal(pthread_barrier_destroy(&barrier), 0);
    note("serials %d", atomic_load(&serials));
}

/* errno is nobody's but the caller's: functions that return their error leave it alone. */
SCENARIO(errno_is_left_alone) {
    struct timespec past = {1, 0};
    sem_t semaphore;
    struct runner runner;
    sem_init(&semaphore, 0, 0);
    errno = 1234;
    pthread_mutex_lock(&mutex);
    pthread_cond_timedwait(&condition, &mutex, &past);
    pthread_cond_signal(&condition);
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    pthread_rwlock_timedrdlock(&lock, &past);
    pthread_rwlock_unlock(&lock);
    note("%d", errno);
    start(&runner, post_many, &semaphore);
    errno = 1234;
    pthread_join(runner.thread, NULL);
    pthread_join(pthread_self(), NULL);
    pthread_setname_np(pthread_self(), "a name that is far too long");
    pthread_setname_np(pthread_self(), "short");
    note("%d", errno);
}
