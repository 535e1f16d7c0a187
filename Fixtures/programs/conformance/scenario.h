/* Scenarios whose output must be the same with and without a preloaded library.
 *
 * A new scenario is one function:
 *
 *     SCENARIO(name) { ... note("..."); ... }
 *
 * `note` writes a line; `expect` and `equal` write one only when what they say does not hold. A scenario writes nothing
 * that differs between two runs: no address, no id, no time, no order that is left to the scheduler. Each is run in a
 * process of its own, which an alarm ends. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct scenario {
    const char *name;
    void (*run)(void);
};

#define SCENARIO(NAME)                                                                                                 \
    static void scenario_##NAME(void);                                                                                 \
    static const struct scenario entry_##NAME                                                                          \
        __attribute__((used, section("scenarios"), aligned(sizeof(void *)))) = {#NAME, scenario_##NAME};               \
    static void scenario_##NAME(void)

/* Writes one line with one system call. No cancellation point. Async-signal-safe as far as vsnprintf is, which glibc's
 * is for %d, %s and %c. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* Writes that something does not hold. The scenario goes on; the program's exit status is 1. */
void broken(const char *file, int line, const char *what, long long left, long long right);

#define expect(CONDITION) ((CONDITION) ? (void)0 : broken(__FILE_NAME__, __LINE__, #CONDITION, 0, 1))
#define equal(LEFT, RIGHT)                                                                                             \
    ({                                                                                                                 \
        long long left_ = (long long)(LEFT), right_ = (long long)(RIGHT);                                              \
        if (left_ != right_) broken(__FILE_NAME__, __LINE__, #LEFT " == " #RIGHT, left_, right_);                      \
    })

/* Notes the result of a call that says its error in errno. */
#define outcome(WHAT, CALL)                                                                                            \
    ({                                                                                                                 \
        errno = 0;                                                                                                     \
        int result_ = (CALL);                                                                                          \
        note("%s: %d %s", WHAT, result_, error_name(errno));                                                           \
    })

/* A thread whose kernel id is known once it runs. */
struct runner {
    pthread_t thread;
    atomic_int tid;
    void *(*body)(void *);
    void *argument;
};

/* Starts a thread in `body`, and returns when it has its kernel id. */
void start(struct runner *runner, void *(*body)(void *), void *argument);
/* The same with attributes, which may be NULL. Returns pthread_create's result. */
int start_with(struct runner *runner, const pthread_attr_t *attributes, void *(*body)(void *), void *argument);
/* Joins it; what it returned. */
void *finish(struct runner *runner);
/* Returns when the thread has been asleep in several looks, so that it is in the wait it was sent to. */
void until_asleep(struct runner *runner);
void until_tid_sleeps(pid_t tid);

/* Name of an errno value that these scenarios meet. */
const char *error_name(int error);

/* `milliseconds` from the clock's present; may be negative. */
struct timespec from_now(clockid_t clock, long milliseconds);
void pause_for(long milliseconds);

/* Runs `body` in a child made by fork; notes how the child ended, under `what`. */
void in_child(const char *what, void (*body)(void *), void *argument);
/* Waits for the child and notes "WHAT: exited N" or "WHAT: killed by N". */
void note_end(const char *what, pid_t child);

/* Zeroed memory that is shared with children. */
void *shared_memory(size_t size);
