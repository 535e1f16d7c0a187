// many_threads AT_ONCE IN_ALL: AT_ONCE threads that live at the same time, then more, a few at a time, until IN_ALL have
// lived. Prints `ready` while the first AT_ONCE wait, goes on at SIGUSR1, prints `over` when IN_ALL have lived, and ends
// at another SIGUSR1.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER, may_go = PTHREAD_COND_INITIALIZER;
static long waiting;
static int go;

static void *waits(void *argument) {
    pthread_mutex_lock(&mutex);
    waiting++;
    pthread_cond_signal(&changed);
    while (!go) pthread_cond_wait(&may_go, &mutex);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void *ends(void *argument) { return argument; }

static void must(int error) {
    if (error == 0) return;
    fprintf(stderr, "%s\n", strerror(error));
    exit(1);
}

int main(int count, char **arguments) {
    long at_once = count > 1 ? atol(arguments[1]) : 100, in_all = count > 2 ? atol(arguments[2]) : 1000;
    pthread_t *threads = calloc((size_t)at_once, sizeof *threads), other;
    sigset_t asked;
    sigemptyset(&asked);
    sigaddset(&asked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &asked, 0);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (long index = 0; index < at_once; index++) must(pthread_create(&threads[index], &small, waits, 0));
    pthread_mutex_lock(&mutex);
    while (waiting < at_once) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    printf("ready\n");
    fflush(stdout);
    int number;
    sigwait(&asked, &number);
    pthread_mutex_lock(&mutex);
    go = 1;
    pthread_cond_broadcast(&may_go);
    pthread_mutex_unlock(&mutex);
    for (long index = 0; index < at_once; index++) must(pthread_join(threads[index], 0));
    for (long index = at_once; index < in_all; index++) {
        must(pthread_create(&other, &small, ends, 0));
        must(pthread_join(other, 0));
    }
    printf("over\n");
    fflush(stdout);
    sigwait(&asked, &number);
    return 0;
}
