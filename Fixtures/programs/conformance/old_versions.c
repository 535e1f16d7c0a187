/* Symbols as programs that were linked on older systems ask for them: pthread_cond_* with glibc's first layout, which
 * is one pointer, and the functions of libpthread from before it became a part of libc (2.34). */
#include "scenario.h"

/* nptl/old_pthread_cond_init.c: a pointer that is allocated at the first use. */
struct old_condition {
    void *pointer;
    char beyond[64];
};

#define OLD(NAME, VERSION) __asm__(".symver old_" #NAME "," #NAME "@" VERSION)
extern int old_pthread_cond_init(struct old_condition *, const pthread_condattr_t *);
extern int old_pthread_cond_wait(struct old_condition *, pthread_mutex_t *);
extern int old_pthread_cond_timedwait(struct old_condition *, pthread_mutex_t *, const struct timespec *);
extern int old_pthread_cond_signal(struct old_condition *);
extern int old_pthread_cond_broadcast(struct old_condition *);
extern int old_pthread_cond_destroy(struct old_condition *);
OLD(pthread_cond_init, "GLIBC_2.2.5");
OLD(pthread_cond_wait, "GLIBC_2.2.5");
OLD(pthread_cond_timedwait, "GLIBC_2.2.5");
OLD(pthread_cond_signal, "GLIBC_2.2.5");
OLD(pthread_cond_broadcast, "GLIBC_2.2.5");
OLD(pthread_cond_destroy, "GLIBC_2.2.5");

extern int old_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
extern int old_pthread_join(pthread_t, void **);
extern int old_pthread_detach(pthread_t);
extern int old_pthread_once(pthread_once_t *, void (*)(void));
extern int old_sem_init(sem_t *, int, unsigned);
extern int old_sem_wait(sem_t *);
extern int old_sem_post(sem_t *);
extern int old_sem_timedwait(sem_t *, const struct timespec *);
extern int old_pthread_rwlock_rdlock(pthread_rwlock_t *);
extern int old_pthread_rwlock_unlock(pthread_rwlock_t *);
OLD(pthread_create, "GLIBC_2.2.5");
OLD(pthread_join, "GLIBC_2.2.5");
OLD(pthread_detach, "GLIBC_2.2.5");
OLD(pthread_once, "GLIBC_2.2.5");
OLD(sem_init, "GLIBC_2.2.5");
OLD(sem_wait, "GLIBC_2.2.5");
OLD(sem_post, "GLIBC_2.2.5");
OLD(sem_timedwait, "GLIBC_2.2.5");
OLD(pthread_rwlock_rdlock, "GLIBC_2.2.5");
OLD(pthread_rwlock_unlock, "GLIBC_2.2.5");

static struct old_condition condition;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool flag;

static void *wait_flag(void *argument) {
    pthread_mutex_lock(&mutex);
    while (!flag) equal(old_pthread_cond_wait(&condition, &mutex), 0);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void beyond_is_untouched(void) {
    for (size_t i = 0; i < sizeof condition.beyond; i++) equal(condition.beyond[i], 0x5a);
}

SCENARIO(old_conditions) {
    pthread_t threads[3];
    struct timespec end = from_now(CLOCK_REALTIME, 3);
    memset(condition.beyond, 0x5a, sizeof condition.beyond);
    for (int i = 0; i < 3; i++) equal(old_pthread_create(&threads[i], NULL, wait_flag, &flag), 0);
    pause_for(20);
    pthread_mutex_lock(&mutex);
    flag = true;
    equal(old_pthread_cond_signal(&condition), 0);
    equal(old_pthread_cond_broadcast(&condition), 0);
    equal(old_pthread_cond_timedwait(&condition, &mutex, &end), ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 3; i++) {
        void *value = NULL;
        equal(old_pthread_join(threads[i], &value), 0);
        expect(value == &flag);
    }
    beyond_is_untouched();
    equal(old_pthread_cond_destroy(&condition), 0);
    equal(old_pthread_cond_init(&condition, NULL), 0);
    equal(old_pthread_cond_signal(&condition), 0);
    equal(old_pthread_cond_destroy(&condition), 0);
    beyond_is_untouched();
    note("old conditions");
}

static void initialise(void) { note("once"); }

SCENARIO(old_functions) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    struct timespec end = from_now(CLOCK_REALTIME, 3);
    sem_t semaphore;
    pthread_t thread;
    equal(old_pthread_once(&once, initialise), 0);
    equal(old_pthread_once(&once, initialise), 0);
    equal(old_sem_init(&semaphore, 0, 0), 0);
    equal(old_pthread_create(&thread, NULL, (void *(*)(void *))(void *)old_sem_wait, &semaphore), 0);
    equal(old_sem_post(&semaphore), 0);
    equal(old_pthread_join(thread, NULL), 0);
    equal(old_sem_timedwait(&semaphore, &end), -1);
    equal(old_pthread_rwlock_rdlock(&lock), 0);
    equal(old_pthread_rwlock_unlock(&lock), 0);
    flag = true;
    equal(old_pthread_create(&thread, NULL, wait_flag, NULL), 0);
    equal(old_pthread_detach(thread), 0);
}
