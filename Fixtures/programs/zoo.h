/* A zoo: one thread in each cage, blocked for good. Every thread writes "NAME TID OBJECT OWNER-TID" before it blocks;
 * when all sleep, the program writes "ready". OBJECT is (nil) and OWNER-TID 0 where there is none. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct cage {
    const char *name;
    void (*block)(void);
    void *object;
    int owner;
    atomic_int tid;
};

static inline int own_tid(void) { return (int)syscall(SYS_gettid); }

/* Whether the kernel has the thread asleep: the third field of its stat. */
static inline int sleeps(int tid) {
    char path[64], line[256] = "", state = 'R';
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    FILE *file = fopen(path, "r");
    if (file) {
        if (fgets(line, sizeof line, file)) {
            char *end = line;
            for (char *p = line; *p; p++) {
                if (*p == ')') end = p;
            }
            if (end[0] && end[1]) state = end[2];
        }
        fclose(file);
    }
    return state == 'S';
}

static inline void await_sleep(int tid) {
    for (int quiet = 0; quiet < 3;) {
        usleep(1000);
        quiet = sleeps(tid) ? quiet + 1 : 0;
    }
}

static void *enter(void *argument) {
    struct cage *cage = argument;
    pthread_setname_np(pthread_self(), cage->name);
    printf("%s %d %p %d\n", cage->name, own_tid(), cage->object, cage->owner);
    fflush(stdout);
    atomic_store(&cage->tid, own_tid());
    cage->block();
    printf("%s woke\n", cage->name);
    fflush(stdout);
    return NULL;
}

/* Starts a thread that calls `block`, and returns its id when it sleeps there. */
static inline int put(const char *name, void (*block)(void), void *object, int owner) {
    struct cage *cage = calloc(1, sizeof *cage);
    cage->name = name;
    cage->block = block;
    cage->object = object;
    cage->owner = owner;
    pthread_t thread;
    if (pthread_create(&thread, NULL, enter, cage) != 0) abort();
    while (atomic_load(&cage->tid) == 0) usleep(100);
    await_sleep(atomic_load(&cage->tid));
    return atomic_load(&cage->tid);
}

static inline struct timespec far_away(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_sec += 100000;
    return time;
}

static inline void rest(void) {
    for (;;) pause();
}
