/* truth
 * title: A recursive mutex is held twice when its owner waits, so the wait only unlocks it once and it stays locked
 * class: dead-wait
 * cause: blocked
 * thread main: stuck, condition, store.flushed, untimed
 * thread flusher: stuck, mutex, store.lock, untimed
 * release store.flushed: flush_dirty blocked
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t flushed;
    unsigned dirty;
} store = {.flushed = PTHREAD_COND_INITIALIZER};

static void *flush_dirty(void *argument)
{
    pthread_mutex_lock(&store.lock);
    store.dirty = 0;
    pthread_cond_broadcast(&store.flushed);
    pthread_mutex_unlock(&store.lock);
    return argument;
}

static void wait_until_clean(void)
{
    pthread_mutex_lock(&store.lock);
    while (store.dirty > 0)
        pthread_cond_wait(&store.flushed, &store.lock);
    pthread_mutex_unlock(&store.lock);
}

static void checkpoint(void)
{
    pthread_mutex_lock(&store.lock);
    store.dirty++;
    start_thread("flusher", flush_dirty, NULL);
    wait_until_clean();
    pthread_mutex_unlock(&store.lock);
}

int main(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&store.lock, &attributes);
    announce_when_settled(2, 0);
    checkpoint();
    return 0;
}
