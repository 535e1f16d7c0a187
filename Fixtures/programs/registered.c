// A thread in each kind of wait that the runtime library records, one that has ended, one that could not be created,
// one that ended behind libc's back, and declarations of an engine. Says `ready` with its addresses and stays.
#define _GNU_SOURCE
#include "deadwait.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t flushed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t polled = PTHREAD_COND_INITIALIZER;
static sem_t pages;
static uint32_t word;

static void *cond_waiter(void *argument) {
    pthread_setname_np(pthread_self(), "cond-waiter");
    dw_set_role("flush waiter");
    pthread_mutex_lock(&mutex);
    for (;;) pthread_cond_wait(&flushed, &mutex);
    return argument;
}

static void *poller(void *argument) {
    pthread_setname_np(pthread_self(), "poller");
    pthread_mutex_lock(&mutex);
    for (;;) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 20000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        pthread_cond_timedwait(&polled, &mutex, &until);
    }
    return argument;
}

static void *sem_waiter(void *argument) {
    pthread_setname_np(pthread_self(), "sem-waiter");
    sem_wait(&pages);
    return argument;
}

static void *joiner(void *argument) {
    pthread_setname_np(pthread_self(), "joiner");
    pthread_join(*(pthread_t *)argument, 0);
    return argument;
}

static void *futex_waiter(void *argument) {
    pthread_setname_np(pthread_self(), "futex-waiter");
    syscall(SYS_futex, &word, 128 /* FUTEX_WAIT_PRIVATE */, 0, 0, 0, 0);
    return argument;
}

static void *lock_waiter(void *argument) {
    pthread_setname_np(pthread_self(), "lock-waiter");
    pthread_mutex_lock(&taken);
    return argument;
}

static void *signaller(void *argument) {
    pthread_setname_np(pthread_self(), "signaller");
    pthread_cond_signal(&flushed);
    pthread_cond_broadcast(&flushed);
    return argument;
}

static void *vanisher(void *argument) {
    pthread_setname_np(pthread_self(), "vanisher");
    // exit(2) of one thread: libc, and so the library, does not learn of it.
    syscall(SYS_exit, 0);
    return argument;
}

static pthread_t start(void *(*routine)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, 0, routine, argument) != 0) _exit(1);
    usleep(20000);
    return thread;
}

int main(void) {
    sem_init(&pages, 0, 0);
    dw_expect_threads("flusher", 2);
    dw_name_object(&flushed, DEADWAIT_CONDITION, "flushed");
    pthread_mutex_lock(&taken);
    start(cond_waiter, (void *)0x1234);
    start(poller, 0);
    pthread_t target = start(sem_waiter, 0);
    start(joiner, &target);
    start(futex_waiter, 0);
    start(lock_waiter, 0);
    pthread_join(start(signaller, 0), 0);
    start(vanisher, 0);
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, (size_t)1 << 46);
    pthread_t none;
    int error = pthread_create(&none, &huge, signaller, 0);
    printf("ready flushed=%p polled=%p pages=%p mutex=%p taken=%p word=%p failed=%d\n", (void *)&flushed, (void *)&polled,
           (void *)&pages, (void *)&mutex, (void *)&taken, (void *)&word, error == EAGAIN);
    fflush(stdout);
    for (;;) pause();
}
