// torture SECONDS CONDITIONS [RATE]: threads are created and joined (RATE a second), others wait on conditions beside
// their mutexes and signal each other, one makes and destroys CONDITIONS conditions. Everything that the registry will
// hold obeys rules that torture_reader.c knows, and the program checks its own results.
//
// Prints `ready BEACON FIRST SECOND`: the address of the registry's beacon (0 without the library) and of the two start
// routines; at the end one line of counts that must be the same with and without the library.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

static struct pair pairs[PAIRS]; // condition and mutex at a known distance
static long rounds[PAIRS];
static int stop;
static long first_ran, second_ran;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *first_routine(void *argument) {
    __atomic_fetch_add(&first_ran, 1, __ATOMIC_RELAXED);
    return argument;
}

static void *second_routine(void *argument) {
    __atomic_fetch_add(&second_ran, 1, __ATOMIC_RELAXED);
    pthread_exit(argument);
}

static void *player(void *argument) {
    struct pair *pair = argument;
    long turn = pair->players++ % 2;
    pthread_mutex_lock(&pair->mutex);
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        if (pair->turn == turn) {
            pair->turn = 1 - turn;
            rounds[pair - pairs]++;
            pthread_cond_signal(&pair->condition);
        }
        struct timespec deadline;
        clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_nsec += 2000000;
        if (deadline.tv_nsec >= 1000000000) deadline.tv_sec++, deadline.tv_nsec -= 1000000000;
        pthread_cond_timedwait(&pair->condition, &pair->mutex, &deadline);
    }
    pthread_cond_broadcast(&pair->condition);
    pthread_mutex_unlock(&pair->mutex);
    return 0;
}

static long conditions_wanted, conditions_made;

static void *maker(void *unused) {
    (void)unused;
    struct pair *pair = calloc(64, sizeof *pair);
    for (long made = 0; made < conditions_wanted; made++) {
        pthread_cond_t *condition = &pair[made % 64].condition;
        if (pthread_cond_init(condition, 0) != 0 || pthread_cond_signal(condition) != 0 ||
            pthread_cond_destroy(condition) != 0)
            abort();
        conditions_made++;
    }
    free(pair);
    return 0;
}

int main(int count, char **arguments) {
    double seconds = count > 1 ? atof(arguments[1]) : 1;
    conditions_wanted = count > 2 ? atol(arguments[2]) : 100000;
    double rate = count > 3 ? atof(arguments[3]) : 1000;
    printf("ready %p %p %p\n", dlsym(RTLD_DEFAULT, "deadwait_registry_beacon"), (void *)first_routine,
           (void *)second_routine);
    fflush(stdout);
    pthread_t players[2 * PAIRS], making;
    for (int pair = 0; pair < PAIRS; pair++) {
        pthread_cond_init(&pairs[pair].condition, 0);
        pthread_mutex_init(&pairs[pair].mutex, 0);
    }
    for (int index = 0; index < 2 * PAIRS; index++)
        if (pthread_create(&players[index], 0, player, &pairs[index / 2]) != 0) abort();
    if (pthread_create(&making, 0, maker, 0) != 0) abort();

    long created = 0, wrong = 0;
    double start = now();
    while (now() - start < seconds) {
        enum { BATCH = 8 };
        pthread_t threads[BATCH];
        void *given[BATCH];
        for (int index = 0; index < BATCH; index++) {
            void *(*routine)(void *) = (created + index) % 2 == 0 ? first_routine : second_routine;
            given[index] = (void *)(uintptr_t)torture_argument((uint32_t)(created + index), (created + index) % 2 == 0);
            if (pthread_create(&threads[index], 0, routine, given[index]) != 0) abort();
        }
        for (int index = 0; index < BATCH; index++) {
            void *result = 0;
            if (pthread_join(threads[index], &result) != 0 || result != given[index]) wrong++;
        }
        created += BATCH;
        double ahead = start + (double)created / rate - now();
        if (ahead > 0) usleep((useconds_t)(ahead * 1e6));
    }
    pthread_join(making, 0);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int index = 0; index < 2 * PAIRS; index++) pthread_join(players[index], 0);
    long played = 0;
    for (int pair = 0; pair < PAIRS; pair++) played += rounds[pair] > 0;
    fprintf(stderr, "%ld threads\n", created);
    printf("wrong %ld, not run %ld, made %ld, pairs that played %ld\n", wrong, created - first_ran - second_ran,
           conditions_made, played);
    return 0;
}
