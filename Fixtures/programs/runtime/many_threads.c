// many_threads AT_ONCE IN_ALL: AT_ONCE threads that live at the same time, then more, a few at a time, until IN_ALL have
// lived. Prints `ready BEACON` while the first AT_ONCE wait, goes on at a byte on standard input, and prints
// `ready over` when IN_ALL have lived; ends at the end of its input.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
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
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (long index = 0; index < at_once; index++) must(pthread_create(&threads[index], &small, waits, 0));
    pthread_mutex_lock(&mutex);
    while (waiting < at_once) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    printf("ready %p\n", dlsym(RTLD_DEFAULT, "deadwait_registry_beacon"));
    fflush(stdout);
    getchar();
    pthread_mutex_lock(&mutex);
    go = 1;
    pthread_cond_broadcast(&may_go);
    pthread_mutex_unlock(&mutex);
    for (long index = 0; index < at_once; index++) must(pthread_join(threads[index], 0));
    for (long index = at_once; index < in_all; index++) {
        must(pthread_create(&other, &small, ends, 0));
        must(pthread_join(other, 0));
    }
    printf("ready over\n");
    fflush(stdout);
    while (getchar() != EOF) continue;
    return 0;
}
