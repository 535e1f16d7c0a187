/* progress: a thread for each kind of progress.
 *
 *   unmoved   sleeps for an hour
 *   polling   waits on a condition for 2 ms at a time, always in the same place
 *   moving    sleeps 2 ms now here, now deeper
 *   running   never sleeps
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static const struct timespec hour = {.tv_sec = 3600}, moment = {.tv_nsec = 2000000};
volatile uint64_t spins;

static atomic_int begun;

/* On a busy machine a thread may get its first moment on a CPU late. */
static void begin(const char *name) {
    pthread_setname_np(pthread_self(), name);
    begun++;
}

static void *unmoved(void *name) {
    begin(name);
    for (;;) nanosleep(&hour, NULL);
    return NULL;
}

static void *polling(void *name) {
    begin(name);
    pthread_mutex_lock(&mutex);
    for (;;) {
        struct timespec end;
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_nsec += 2000000;
        if (end.tv_nsec >= 1000000000) {
            end.tv_sec++;
            end.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&condition, &mutex, &end);
    }
    return NULL;
}

__attribute__((noinline)) static void rest(int depth) {
    volatile char frame[64];
    frame[0] = (char)depth;
    if (depth > 0)
        rest(depth - 1);
    else
        nanosleep(&moment, NULL);
    frame[1] = frame[0];
}

static void *moving(void *name) {
    begin(name);
    for (int turn = 0;; turn++) rest(turn % 7);
    return NULL;
}

static void *running(void *name) {
    begin(name);
    for (;;) spins++;
    return NULL;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, unmoved, "unmoved");
    pthread_create(&thread, NULL, polling, "polling");
    pthread_create(&thread, NULL, moving, "moving");
    pthread_create(&thread, NULL, running, "running");
    while (begun < 4) usleep(1000);
    usleep(50000);
    printf("ready %d\n", getpid());
    fflush(stdout);
    for (;;) pause();
}
