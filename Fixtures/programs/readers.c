/* readers NAME: who holds a rwlock for reading is told by nobody but the runtime library.
 *
 * upgrade: a reader takes the lock to write. cycle: a reader waits for a mutex whose holder waits to write. mutual: two
 * readers take the lock to write. slow: a writer waits for a reader that sleeps, which is healthy. */
#include "settle.h"
#include <pthread.h>
#include <time.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t entry = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;

static void *read_and_lock(void *unused)
{
    (void)unused;
    pthread_rwlock_rdlock(&table);
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&entry);
    return NULL;
}

static void *lock_and_write(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&entry);
    pthread_barrier_wait(&met);
    pthread_rwlock_wrlock(&table);
    return NULL;
}

static void *read_and_write(void *unused)
{
    (void)unused;
    pthread_rwlock_rdlock(&table);
    pthread_barrier_wait(&met);
    pthread_rwlock_wrlock(&table);
    return NULL;
}

static void *read_slowly(void *unused)
{
    (void)unused;
    const struct timespec long_time = {.tv_sec = 100000};
    pthread_rwlock_rdlock(&table);
    pthread_barrier_wait(&met);
    nanosleep(&long_time, NULL);
    pthread_rwlock_unlock(&table);
    return NULL;
}

static void *write_after(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&met);
    pthread_rwlock_wrlock(&table);
    return NULL;
}

static void start(void *(*routine)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, routine, NULL) != 0) exit(1);
}

int main(int count, char **words)
{
    const char *name = count > 1 ? words[1] : "";
    pthread_barrier_init(&met, NULL, strcmp(name, "upgrade") == 0 ? 1 : 2);
    if (strcmp(name, "upgrade") == 0) start(read_and_write);
    if (strcmp(name, "mutual") == 0) {
        start(read_and_write);
        start(read_and_write);
    }
    if (strcmp(name, "cycle") == 0) {
        start(read_and_lock);
        start(lock_and_write);
    }
    if (strcmp(name, "slow") == 0) {
        start(read_slowly);
        start(write_after);
    }
    settle(0);
    say_ready();
    pause();
}
