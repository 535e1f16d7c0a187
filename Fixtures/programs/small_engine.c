/* A program that speaks as the demo engine's tool does (--list, --scenario NAME --folder DIR; `ready`), with an engine of
 * one queue and one flush that declares itself by deadwait.h: to try the demo's mechanics and the rules that rest on
 * declarations without the real engine. */
#include "deadwait.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WANTED = 4 };

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER, flushed = PTHREAD_COND_INITIALIZER;
static uint32_t flush_state, arrived, pending, to_end;
static const char *scenario;

static int is(const char *name) { return strcmp(scenario, name) == 0; }

static void say(const char *line) {
    puts(line);
    fflush(stdout);
}

static int timed_wait(pthread_cond_t *condition) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    return pthread_cond_timedwait(condition, &queue_lock, &until);
}

/* A flush is seen by every worker; the last to see it signals, the others wait with the one that asked for it. */
static void meet_flush(void) {
    if (++arrived == WANTED) {
        flush_state = 2;
        pthread_cond_broadcast(&flushed);
    }
    while (flush_state != 2) timed_wait(&flushed);
}

static void *worker(void *argument) {
    prctl(PR_SET_NAME, "worker");
    dw_set_role("worker");
    pthread_mutex_lock(&queue_lock);
    for (int met = 0;;) {
        if (to_end) break;
        if (flush_state == 1 && !met) {
            met = 1;
            meet_flush();
        } else if (pending) {
            pending = 0;
            pthread_mutex_unlock(&queue_lock);
            sleep(600); /* the caller's callback, which takes its time */
            pthread_mutex_lock(&queue_lock);
        } else {
            uint32_t idle = dw_idle_begin("waits for work");
            pthread_cond_wait(&work, &queue_lock);
            dw_idle_end(idle);
        }
    }
    pthread_mutex_unlock(&queue_lock);
    return argument;
}

static void *sweep(void *argument) {
    prctl(PR_SET_NAME, "sweep");
    dw_set_role("sweep");
    pthread_mutex_lock(&queue_lock);
    for (;;) {
        static pthread_cond_t nothing = PTHREAD_COND_INITIALIZER;
        uint32_t idle = dw_idle_begin("waits until it is time to sweep");
        timed_wait(&nothing);
        dw_idle_end(idle);
    }
    return argument;
}

static void flush(void) {
    uint64_t call = dw_api_begin("flush");
    pthread_mutex_lock(&queue_lock);
    flush_state = 1;
    pthread_cond_broadcast(&work);
    while (flush_state != 2) timed_wait(&flushed);
    pthread_mutex_unlock(&queue_lock);
    dw_api_end(call);
}

static int start(void *(*routine)(void *), pthread_t *thread) { return pthread_create(thread, NULL, routine, NULL); }

static int open_engine(unsigned workers) {
    pthread_t thread;
    dw_name_object(&queue_lock, DEADWAIT_MUTEX, "queue");
    dw_name_object(&work, DEADWAIT_CONDITION, "work");
    dw_name_object(&flushed, DEADWAIT_CONDITION, "flush done");
    dw_declare_signaller(&flushed, "worker");
    dw_declare_signaller(&work, "application");
    dw_declare_predicate(&flushed, &flush_state, sizeof flush_state, ~0u, 2);
    dw_declare_predicate(&work, &pending, sizeof pending, ~0u, 1);
    dw_declare_quorum(&flushed, "worker", WANTED, &arrived, sizeof arrived);
    dw_expect_threads("worker", WANTED);
    if (start(sweep, &thread)) return -1;
    for (unsigned made = 0; made < WANTED; made++) {
        if (made == workers) {
            /* One stack more than there is room for. */
            pthread_attr_t large;
            pthread_attr_init(&large);
            pthread_attr_setstacksize(&large, (size_t)1 << 46);
            if (workers && pthread_create(&thread, &large, worker, NULL) == EAGAIN) fprintf(stderr, "no worker %u\n", made);
            return -1;
        }
        if (start(worker, &thread)) return -1;
    }
    usleep(50000);
    return 0;
}

static void list(void) {
    say("never-created  hang     A flush waits for workers that were never created");
    say("some-created   hang     One worker could not be created");
    say("all-ended      hang     The workers have ended");
    say("lost-wakeup    hang     The flag is set, nobody is told");
    say("in-child       hang     The child of a fork waits");
    say("null-pointer   crash    A page is freed and used");
    say("slow-callback  healthy  A flush waits for a callback");
    say("busy           healthy  Threads that run");
    say("refuses        healthy  Ends with an error");
    say("short          healthy  Ends at once");
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "--list") == 0) return list(), 0;
    if (count < 3) return 64;
    scenario = arguments[2];
    if (is("refuses")) return fprintf(stderr, "the disk is on fire\n"), 3;
    if (is("short")) return say("Nothing happens.\nready"), 0;
    if (is("never-created") || is("some-created") || is("in-child")) {
        int failed = open_engine(is("some-created") ? 3 : 0);
        pid_t child = is("in-child") ? fork() : 0;
        if (child > 0) {
            printf("The child flushes.\nprocess %d\nready\n", child);
            fflush(stdout);
            waitpid(child, NULL, 0);
            return 0;
        }
        if (child == 0 && is("in-child")) open_engine(0);
        if (!is("in-child")) say("Open has failed, so the engine is closed, which flushes.\nready");
        if (failed) flush();
        return 0;
    }
    if (open_engine(WANTED)) return 1;
    if (is("all-ended")) {
        pthread_mutex_lock(&queue_lock);
        to_end = 1;
        pthread_cond_broadcast(&work);
        pthread_mutex_unlock(&queue_lock);
        usleep(100000);
        say("The application flushes.\nready");
        flush();
    } else if (is("slow-callback")) {
        pthread_mutex_lock(&queue_lock);
        pending = 1;
        pthread_cond_signal(&work);
        pthread_mutex_unlock(&queue_lock);
        usleep(50000);
        say("The application flushes.\nready");
        flush();
    } else if (is("lost-wakeup")) {
        pending = 1;
        say("The application queues work.\nready");
    } else if (is("busy")) {
        say("The application computes.\nready");
        for (volatile unsigned long number = 0;; number++) continue;
    } else if (is("null-pointer")) {
        say("The application reads a page.\nready");
        volatile int *page = NULL;
        return *page;
    }
    for (;;) pause();
}
