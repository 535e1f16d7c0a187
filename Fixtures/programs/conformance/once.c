/* Initialisers that run once: in one another, by many threads, across fork, left by a jump. */
#include "scenario.h"
#include <setjmp.h>

static pthread_once_t first = PTHREAD_ONCE_INIT, second = PTHREAD_ONCE_INIT;
static atomic_int runs;
static sem_t semaphore;

static void inner(void) {
    struct timespec end = from_now(CLOCK_REALTIME, 2);
    equal(sem_timedwait(&semaphore, &end), -1);
    note("inner");
}

static void outer(void) {
    equal(pthread_once(&second, inner), 0);
    note("outer");
}

SCENARIO(once_nested) {
    sem_init(&semaphore, 0, 0);
    equal(pthread_once(&first, outer), 0);
    equal(pthread_once(&first, outer), 0);
    equal(pthread_once(&second, outer), 0);
}

static void slow(void) {
    pause_for(20);
    atomic_fetch_add(&runs, 1);
}

static void *call(void *argument) {
    (void)argument;
    equal(pthread_once(&first, slow), 0);
    equal(atomic_load(&runs), 1);
    return NULL;
}

SCENARIO(once_by_many) {
    struct runner runners[8];
    for (int i = 0; i < 8; i++) start(&runners[i], call, NULL);
    for (int i = 0; i < 8; i++) finish(&runners[i]);
    note("runs %d", atomic_load(&runs));
}

static void never_ends(void) {
    atomic_fetch_add(&runs, 1);
    while (sem_wait(&semaphore) != 0) {}
}

static void *call_endless(void *argument) {
    equal(pthread_once(&first, never_ends), 0);
    return argument;
}

static void quick(void) { note("run anew in the child"); }

static void once_in_child(void *argument) {
    (void)argument;
    equal(pthread_once(&first, quick), 0);
    equal(pthread_once(&first, quick), 0);
}

/* An initialiser of a thread that does not survive the fork is run again in the child. */
SCENARIO(once_in_progress_at_fork) {
    struct runner runner;
    sem_init(&semaphore, 0, 0);
    start(&runner, call_endless, NULL);
    until_asleep(&runner);
    in_child("child", once_in_child, NULL);
    sem_post(&semaphore);
    finish(&runner);
    note("runs %d", atomic_load(&runs));
}

static void forks(void) { in_child("child of an initialiser", once_in_child, NULL); }

static void *forks_in_once(void *argument) {
    equal(pthread_once(&second, forks), 0);
    return argument;
}

SCENARIO(once_that_forks) {
    struct runner runner;
    start(&runner, forks_in_once, NULL);
    finish(&runner);
    note("and on");
}
