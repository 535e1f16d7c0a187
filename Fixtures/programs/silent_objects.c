/* Conditions that are waited on, each signalled in a way of its own that is easy to miss, and one that nobody signals. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#define OBJECT(NAME, SIZE)                                               \
    struct NAME {                                                        \
        long id[SIZE];                                                   \
        pthread_mutex_t lock;                                            \
        pthread_cond_t cond;                                             \
        int ready;                                                       \
    };                                                                   \
    void NAME##_wait(struct NAME *object) {                              \
        pthread_mutex_lock(&object->lock);                               \
        while (!object->ready) pthread_cond_wait(&object->cond, &object->lock); \
        pthread_mutex_unlock(&object->lock);                             \
    }

OBJECT(silent, 1)

int poll_one(int descriptor) {
    struct pollfd one = {descriptor, POLLIN, 0};
    return poll(&one, 1, -1);
}

#ifndef ONLY_SILENT
/* Through a program's own table of the library's functions. */
OBJECT(by_table, 2)
struct operations {
    int (*signal)(pthread_cond_t *);
};
static const struct operations posix = {pthread_cond_signal};
const struct operations *operations_in_use = &posix;
void by_table_signal(struct by_table *object) { operations_in_use->signal(&object->cond); }

/* By a name. */
OBJECT(by_dlsym, 3)
void by_dlsym_signal(struct by_dlsym *object) {
    int (*signal)(pthread_cond_t *) = (int (*)(pthread_cond_t *))dlsym(RTLD_DEFAULT, "pthread_cond_signal");
    if (signal) signal(&object->cond);
}

/* Handed down. */
OBJECT(by_parameter, 4)
__attribute__((noinline)) static void apply(int (*signal)(pthread_cond_t *), pthread_cond_t *cond) { signal(cond); }
void by_parameter_signal(struct by_parameter *object) { apply(pthread_cond_broadcast, &object->cond); }

/* As bytes. */
OBJECT(by_memcpy, 5)
void by_memcpy_signal(struct by_memcpy *object) {
    void *copies[1];
    pthread_cond_t *cond = &object->cond;
    memcpy(copies, &cond, sizeof cond);
    pthread_cond_signal(copies[0]);
}

/* Among variable arguments. */
OBJECT(by_varargs, 6)
__attribute__((noinline)) static void signal_all(int count, ...) {
    va_list list;
    va_start(list, count);
    while (count--) pthread_cond_signal(va_arg(list, pthread_cond_t *));
    va_end(list);
}
void by_varargs_signal(struct by_varargs *object) { signal_all(1, &object->cond); }

/* When a thread ends. */
OBJECT(by_key, 7)
static pthread_key_t key;
static void ended(void *object) { pthread_cond_signal(&((struct by_key *)object)->cond); }
void by_key_set(struct by_key *object) {
    pthread_key_create(&key, ended);
    pthread_setspecific(key, object);
}

/* From a list of plain pointers. */
OBJECT(by_list, 8)
static void *list[16];
static int count;
void by_list_add(struct by_list *object) { list[count++ & 15] = &object->cond; }
void by_list_signal(void) {
    for (int index = 0; index < count; index++) pthread_cond_broadcast(list[index]);
}
#endif
