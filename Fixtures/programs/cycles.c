/* cycles NAME: threads that block each other for good, and for each such case one that looks alike and is healthy.
 *
 * Without a name: the list of names, each with what is true of it. */
#include "settle.h"
#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { MOST = 3 };

static pthread_mutex_t mutexes[MOST];
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t all_hold;
static pthread_t threads[MOST];
static int mutex_count, pipe_ends[2];

static pthread_t start(void *(*body)(void *), intptr_t argument)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, body, (void *)argument);
    if (error != 0) {
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        exit(1);
    }
    return thread;
}

static void make_mutexes(int count, int type, int protocol, int robustness)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutexattr_setrobust(&attributes, robustness);
    mutex_count = count;
    for (int index = 0; index < count; index++)
        pthread_mutex_init(&mutexes[index], &attributes);
}

__attribute__((noinline)) static void sleep_for_long(void)
{
    const struct timespec long_time = {.tv_sec = 100000};
    nanosleep(&long_time, NULL);
}

/* Takes one mutex, waits until all threads hold theirs, and takes the next one's. */
static void *ring_member(void *argument)
{
    intptr_t index = (intptr_t)argument;
    pthread_mutex_lock(&mutexes[index]);
    pthread_barrier_wait(&all_hold);
    pthread_mutex_lock(&mutexes[(index + 1) % mutex_count]);
    return NULL;
}

static void ring(void)
{
    pthread_barrier_init(&all_hold, NULL, (unsigned)mutex_count);
    for (int index = 0; index < mutex_count; index++)
        threads[index] = start(ring_member, index);
}

/* Takes its own mutex and sleeps; the ring is open at this thread. */
static void *sleeping_member(void *argument)
{
    pthread_mutex_lock(&mutexes[(intptr_t)argument]);
    pthread_barrier_wait(&all_hold);
    sleep_for_long();
    return NULL;
}

/* As ring, but the last thread sleeps instead of closing it. */
static void open_ring(void)
{
    pthread_barrier_init(&all_hold, NULL, (unsigned)mutex_count);
    for (int index = 0; index < mutex_count; index++)
        threads[index] = start(index == mutex_count - 1 ? sleeping_member : ring_member, index);
}

static void two_mutexes(void)
{
    make_mutexes(2, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    ring();
}

static void two_mutexes_healthy(void)
{
    make_mutexes(2, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    open_ring();
}

static void three_mutexes(void)
{
    make_mutexes(3, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    ring();
}

static void three_mutexes_healthy(void)
{
    make_mutexes(3, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    open_ring();
}

static void robust(void)
{
    make_mutexes(2, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
    ring();
}

/* The kernel refuses to close a ring of PI mutexes, so this ring has one PI mutex and one that is not. */
static void priority_inheritance(void)
{
    make_mutexes(2, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutexes[0], &attributes);
    ring();
}

static void priority_inheritance_healthy(void)
{
    make_mutexes(2, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
    open_ring();
}

static void *writer_wants_mutex(void *argument)
{
    pthread_rwlock_wrlock(&rwlock);
    pthread_barrier_wait(&all_hold);
    pthread_mutex_lock(&mutexes[0]);
    return argument;
}

static void *reader_wants_mutex(void *argument)
{
    pthread_rwlock_rdlock(&rwlock);
    pthread_barrier_wait(&all_hold);
    pthread_mutex_lock(&mutexes[0]);
    return argument;
}

/* Behind a writer it blocks, behind a reader it passes and sleeps. */
static void *mutex_wants_read(void *argument)
{
    pthread_mutex_lock(&mutexes[0]);
    pthread_barrier_wait(&all_hold);
    pthread_rwlock_rdlock(&rwlock);
    sleep_for_long();
    return argument;
}

static void rwlock_and_mutex(void)
{
    make_mutexes(1, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    pthread_barrier_init(&all_hold, NULL, 2);
    threads[0] = start(writer_wants_mutex, 0);
    threads[1] = start(mutex_wants_read, 0);
}

static void rwlock_and_mutex_healthy(void)
{
    make_mutexes(1, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    pthread_barrier_init(&all_hold, NULL, 2);
    threads[0] = start(reader_wants_mutex, 0);
    threads[1] = start(mutex_wants_read, 0);
}

/* Waits until all thread ids are known, and joins the next thread. glibc refuses a thread that joins itself or its
 * joiner; it does not see a ring of three. */
static void *joining_member(void *argument)
{
    pthread_barrier_wait(&all_hold);
    pthread_join(threads[((intptr_t)argument + 1) % MOST], NULL);
    return NULL;
}

static void *sleeping_thread(void *argument)
{
    pthread_barrier_wait(&all_hold);
    sleep_for_long();
    return argument;
}

static void join_ring(void)
{
    pthread_barrier_init(&all_hold, NULL, MOST + 1);
    for (int index = 0; index < MOST; index++)
        threads[index] = start(joining_member, index);
    pthread_barrier_wait(&all_hold);
}

static void join_ring_healthy(void)
{
    pthread_barrier_init(&all_hold, NULL, MOST + 1);
    for (int index = 0; index < MOST; index++)
        threads[index] = start(index == MOST - 1 ? sleeping_thread : joining_member, index);
    pthread_barrier_wait(&all_hold);
}

static void *joins_with_lock(void *argument)
{
    pthread_mutex_lock(&mutexes[0]);
    pthread_barrier_wait(&all_hold);
    pthread_join(threads[1], NULL);
    return argument;
}

static void *ends_with_lock(void *argument)
{
    pthread_barrier_wait(&all_hold);
    pthread_mutex_lock(&mutexes[0]);
    pthread_mutex_unlock(&mutexes[0]);
    return argument;
}

static void join_and_mutex(void)
{
    make_mutexes(1, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    pthread_barrier_init(&all_hold, NULL, 2);
    threads[1] = start(ends_with_lock, 0);
    threads[0] = start(joins_with_lock, 0);
}

static void *locks_again(void *argument)
{
    pthread_mutex_lock(&mutexes[0]);
    pthread_mutex_lock(&mutexes[0]);
    sleep_for_long();
    return argument;
}

static void self(void)
{
    make_mutexes(1, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    start(locks_again, 0);
}

static void self_healthy(void)
{
    make_mutexes(1, PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    start(locks_again, 0);
}

static void *locks_and_ends(void *argument)
{
    pthread_mutex_lock(&mutexes[0]);
    return argument;
}

static void *locks_and_sleeps(void *argument)
{
    if (pthread_mutex_lock(&mutexes[0]) == EOWNERDEAD)
        pthread_mutex_consistent(&mutexes[0]);
    sleep_for_long();
    return argument;
}

static void orphan_with(int robustness)
{
    make_mutexes(1, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, robustness);
    pthread_join(start(locks_and_ends, 0), NULL);
    start(locks_and_sleeps, 0);
}

static void orphan(void) { orphan_with(PTHREAD_MUTEX_STALLED); }
static void orphan_healthy(void) { orphan_with(PTHREAD_MUTEX_ROBUST); }

static void *holds_and_reads(void *argument)
{
    char byte;
    pthread_mutex_lock(&mutexes[MOST - 1]);
    pthread_barrier_wait(&all_hold);
    if (read(pipe_ends[0], &byte, 1) != 1)
        sleep_for_long();
    return argument;
}

static void *holds_and_spins(void *argument)
{
    pthread_mutex_lock(&mutexes[MOST - 1]);
    pthread_barrier_wait(&all_hold);
    for (volatile unsigned turns = 0;; turns++) {
    }
    return argument;
}

static void chain_to(void *(*last)(void *))
{
    make_mutexes(MOST, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
    pthread_barrier_init(&all_hold, NULL, MOST);
    if (pipe(pipe_ends) != 0)
        exit(1);
    for (int index = 0; index < MOST - 1; index++)
        threads[index] = start(ring_member, index);
    threads[MOST - 1] = start(last, 0);
}

static void chain(void) { chain_to(holds_and_reads); }
static void chain_healthy(void) { chain_to(holds_and_spins); }

static const struct scenario {
    const char *name;
    const char *truth;
    void (*set_up)(void);
    int runners;
} scenarios[] = {
    {"two-mutexes", "a cycle of two threads", two_mutexes, 0},
    {"two-mutexes-healthy", "one waits for a holder that sleeps", two_mutexes_healthy, 0},
    {"three-mutexes", "a cycle of three threads", three_mutexes, 0},
    {"three-mutexes-healthy", "two in a chain to a holder that sleeps", three_mutexes_healthy, 0},
    {"robust", "a cycle of two threads, robust mutexes", robust, 0},
    {"pi", "a cycle of two threads, one of the mutexes PI", priority_inheritance, 0},
    {"pi-healthy", "one waits for the holder of a PI mutex that sleeps", priority_inheritance_healthy, 0},
    {"rwlock-mutex", "a cycle of a rwlock's writer and a mutex's owner", rwlock_and_mutex, 0},
    {"rwlock-mutex-healthy", "one waits for a mutex's owner, which sleeps", rwlock_and_mutex_healthy, 0},
    {"join-ring", "a cycle of three joins", join_ring, 0},
    {"join-ring-healthy", "two joins in a chain to a thread that sleeps", join_ring_healthy, 0},
    {"join-mutex", "a cycle of a join and a mutex", join_and_mutex, 0},
    {"self", "a thread that locks a normal mutex twice", self, 0},
    {"self-healthy", "a thread that locks a recursive mutex twice and sleeps", self_healthy, 0},
    {"orphan", "one waits for a mutex whose owner has ended", orphan, 0},
    {"orphan-healthy", "a robust mutex was handed on from an owner that has ended", orphan_healthy, 0},
    {"chain", "two in a chain to a holder that reads from a pipe", chain, 0},
    {"chain-healthy", "two in a chain to a holder that runs", chain_healthy, 1},
};

int main(int count, char **arguments)
{
    const size_t known = sizeof scenarios / sizeof *scenarios;
    for (size_t index = 0; index < known; index++) {
        const struct scenario *scenario = &scenarios[index];
        if (count < 2) {
            printf("%-22s %s\n", scenario->name, scenario->truth);
        } else if (strcmp(arguments[1], scenario->name) == 0) {
            scenario->set_up();
            settle(scenario->runners);
            say_ready();
            for (;;)
                pause();
        }
    }
    return count < 2 ? 0 : 64;
}
