/* Primitives of libc that are called through pointers: of a table, and looked up by name. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define KEEP __attribute__((noinline))

struct hooks {
    int (*wake)(pthread_cond_t *condition);
    int (*compare)(const char *one, const char *other);
    int (*sleep)(pthread_cond_t *condition, pthread_mutex_t *lock);
};

struct hooks hooks = {pthread_cond_signal, strcmp, pthread_cond_wait};
pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int (*next_creator)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static KEEP void *work(void *argument) { return argument; }

KEEP int wakes(struct hooks *given) { return given->wake(&ready) + 1; }
KEEP int sleeps(struct hooks *given) { return given->sleep(&ready, &lock) + 1; }
KEEP int compares(struct hooks *given) { return given->compare("ready", "lock") + 1; }

/* Comes before libc's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    return next_creator(thread, attributes, body, argument);
}

KEEP int creates(pthread_t *thread) { return pthread_create(thread, NULL, work, NULL) + 1; }

int main(int count, char **arguments)
{
    pthread_t thread;
    (void)arguments;
    next_creator = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(
        RTLD_NEXT, "pthread_create");
    return count > 1 ? wakes(&hooks) + sleeps(&hooks) + compares(&hooks) : creates(&thread);
}
