/* Asynchronous cancellation, disabled cancellation, cancelled initialisers, and what unwinding runs on its way. */
#include "scenario.h"
#include <sys/syscall.h>

static void say(void *text) { note("clean-up: %s", (const char *)text); }

static atomic_int spins;

static void *spin(void *argument) {
    (void)argument;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(say, "spin");
    for (;;) atomic_fetch_add(&spins, 1);
    pthread_cleanup_pop(0);
    return NULL;
}

SCENARIO(cancel_asynchronous_in_a_loop) {
    struct runner runner;
    start(&runner, spin, NULL);
    while (atomic_load(&spins) < 1000) pause_for(1);
    pthread_cancel(runner.thread);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
}

static void *async_in_sem_wait(void *argument) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(say, "sem_wait");
    while (sem_wait(argument) != 0) {}
    pthread_cleanup_pop(0);
    return NULL;
}

static void *async_in_mutex_lock(void *argument) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(say, "mutex_lock");
    pthread_mutex_lock(argument);
    note("not reached");
    pthread_cleanup_pop(0);
    return NULL;
}

static void *async_in_futex(void *argument) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(say, "futex");
    for (;;) syscall(SYS_futex, argument, 128 /* FUTEX_WAIT | FUTEX_PRIVATE_FLAG */, 0, NULL, NULL, 0);
    pthread_cleanup_pop(0);
    return NULL;
}

SCENARIO(cancel_asynchronous_in_waits) {
    struct runner runner;
    sem_t semaphore;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    uint32_t word = 0;
    sem_init(&semaphore, 0, 0);
    start(&runner, async_in_sem_wait, &semaphore);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    expect(finish(&runner) == PTHREAD_CANCELED);
    pthread_mutex_lock(&mutex);
    start(&runner, async_in_mutex_lock, &mutex);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    expect(finish(&runner) == PTHREAD_CANCELED);
    pthread_mutex_unlock(&mutex);
    start(&runner, async_in_futex, &word);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    expect(finish(&runner) == PTHREAD_CANCELED);
}

static void *plain_sem_wait(void *argument) {
    sem_wait(argument);
    return NULL;
}

/* Between its creation and its first instruction. */
SCENARIO(cancel_right_after_creation) {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        void *value = NULL;
        equal(pthread_create(&thread, NULL, plain_sem_wait, &semaphore), 0);
        equal(pthread_cancel(thread), 0);
        equal(pthread_join(thread, &value), 0);
        expect(value == PTHREAD_CANCELED);
    }
    note("200 cancelled");
}

static void *disabled_wait(void *argument) {
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t condition;
        bool flag;
    } *wait = argument;
    int state = -1;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_mutex_lock(&wait->mutex);
    while (!wait->flag) pthread_cond_wait(&wait->condition, &wait->mutex);
    pthread_mutex_unlock(&wait->mutex);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    note("woken with cancellation %s", state == PTHREAD_CANCEL_DISABLE ? "disabled" : "enabled");
    return (void *)1;
}

SCENARIO(cancel_disabled_in_cond_wait) {
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t condition;
        bool flag;
    } wait = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    struct runner runner;
    start(&runner, disabled_wait, &wait);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    pause_for(10);
    pthread_mutex_lock(&wait.mutex);
    wait.flag = true;
    pthread_cond_signal(&wait.condition);
    pthread_mutex_unlock(&wait.mutex);
    note("returned %ld", (long)finish(&runner));
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int once_runs;
static sem_t once_semaphore;

static void slow_initialiser(void) {
    atomic_fetch_add(&once_runs, 1);
    pthread_cleanup_push(say, "initialiser");
    sem_wait(&once_semaphore);
    pthread_cleanup_pop(0);
    note("initialised");
}

static void *call_once_there(void *argument) {
    (void)argument;
    equal(pthread_once(&once, slow_initialiser), 0);
    return NULL;
}

/* A cancelled initialiser counts as not run: one of those that wait for it runs it again. */
SCENARIO(cancel_once_initialiser) {
    struct runner first, second, third;
    sem_init(&once_semaphore, 0, 0);
    start(&first, call_once_there, NULL);
    until_asleep(&first);
    start(&second, call_once_there, NULL);
    until_asleep(&second);
    start(&third, call_once_there, NULL);
    until_asleep(&third);
    pthread_cancel(first.thread);
    expect(finish(&first) == PTHREAD_CANCELED);
    sem_post(&once_semaphore);
    finish(&second);
    finish(&third);
    equal(pthread_once(&once, slow_initialiser), 0);
    note("runs: %d", atomic_load(&once_runs));
}

static void scoped(int *name) { note("scope: %d", *name); }

__attribute__((noinline)) static void nested_wait(int depth, sem_t *semaphore) {
    __attribute__((cleanup(scoped))) int name = depth;
    if (depth > 0) {
        nested_wait(depth - 1, semaphore);
    } else {
        sem_wait(semaphore);
    }
    __asm__ volatile("" : : "r"(&name) : "memory");
}

static void *scopes(void *argument) {
    pthread_cleanup_push(say, "start routine");
    nested_wait(3, argument);
    pthread_cleanup_pop(0);
    return NULL;
}

/* Needs -fexceptions: forced unwinding runs the clean-ups of every frame above the wait. */
SCENARIO(cancel_unwinds_scopes) {
    struct runner runner;
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    start(&runner, scopes, &semaphore);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
}

static void wait_in_cleanup(void *argument) {
    struct timespec end = from_now(CLOCK_REALTIME, 10);
    sem_t *semaphore = argument;
    errno = 0;
    equal(sem_timedwait(semaphore, &end), -1);
    note("clean-up waited: %s", error_name(errno));
    sem_post(semaphore);
    equal(sem_wait(semaphore), 0);
}

static void *waits_while_cancelled(void *argument) {
    pthread_cleanup_push(wait_in_cleanup, argument);
    sem_wait(argument);
    pthread_cleanup_pop(0);
    return NULL;
}

SCENARIO(cancel_cleanup_waits) {
    struct runner runner;
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    start(&runner, waits_while_cancelled, &semaphore);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
}

static void *cancels_itself(void *argument) {
    pthread_cleanup_push(say, "self");
    pthread_cancel(pthread_self());
    sem_wait(argument);
    pthread_cleanup_pop(0);
    return NULL;
}

SCENARIO(cancel_oneself) {
    struct runner runner;
    sem_t semaphore;
    sem_init(&semaphore, 0, 1);
    start(&runner, cancels_itself, &semaphore);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
}

static void *in_many_points(void *argument) {
    (void)argument;
    for (;;) {
        struct timespec end = from_now(CLOCK_REALTIME, 1);
        sem_t semaphore;
        pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
        sem_init(&semaphore, 0, 0);
        sem_timedwait(&semaphore, &end);
        pthread_mutex_lock(&mutex);
        pthread_cond_timedwait(&condition, &mutex, &end);
        pthread_mutex_unlock(&mutex);
        usleep(10);
    }
    return NULL;
}

/* At whatever moment the request comes. */
SCENARIO(cancel_at_any_moment) {
    for (int round = 0; round < 300; round++) {
        struct runner runner;
        start(&runner, in_many_points, NULL);
        for (volatile int i = 0; i < round * 300; i++) {}
        pthread_cancel(runner.thread);
        expect(finish(&runner) == PTHREAD_CANCELED);
    }
    note("300 cancelled");
}
