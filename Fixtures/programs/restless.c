/* restless: threads that a capture meets in different states.
 *
 *   spin     runs all the time
 *   tick     sleeps 200 us at a time
 *   cond     waits on a condition
 *   timed    waits on a condition with a timeout of an hour
 *   sleep    nanosleep of an hour
 *   poll     poll with a timeout of an hour
 *   io) x    a name with ')', a blank and a newline
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static const struct timespec hour = {.tv_sec = 3600};
volatile uint64_t spins;

static void *spin(void *name) {
    pthread_setname_np(pthread_self(), name);
    for (;;) spins++;
    return NULL;
}

static void *tick(void *name) {
    pthread_setname_np(pthread_self(), name);
    const struct timespec pause = {.tv_nsec = 200000};
    for (;;) nanosleep(&pause, NULL);
    return NULL;
}

static void *cond(void *name) {
    pthread_setname_np(pthread_self(), name);
    pthread_mutex_lock(&mutex);
    for (;;) pthread_cond_wait(&condition, &mutex);
    return NULL;
}

static void *timed(void *name) {
    pthread_setname_np(pthread_self(), name);
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 3600;
    pthread_mutex_lock(&mutex);
    for (;;) pthread_cond_timedwait(&condition, &mutex, &end);
    return NULL;
}

static void *sleeper(void *name) {
    pthread_setname_np(pthread_self(), name);
    for (;;) nanosleep(&hour, NULL);
    return NULL;
}

static void *poller(void *name) {
    pthread_setname_np(pthread_self(), name);
    for (;;) poll(NULL, 0, 3600000);
    return NULL;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, spin, "spin");
    pthread_create(&thread, NULL, tick, "tick");
    pthread_create(&thread, NULL, cond, "cond");
    pthread_create(&thread, NULL, timed, "timed");
    pthread_create(&thread, NULL, sleeper, "sleep");
    pthread_create(&thread, NULL, poller, "poll");
    pthread_create(&thread, NULL, cond, "io) x\ny(");
    usleep(50000);
    printf("ready %d\n", getpid());
    fflush(stdout);
    for (;;) pause();
}
