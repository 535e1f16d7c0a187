/* truth
 * title: A recursive mutex is held once by the one who waits, so the signaller can enter when it has slept
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, store.flushed, untimed
 * thread flusher: outside, sleep
 * release store.flushed: flush_dirty alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t flushed;
    unsigned dirty, disk_delay;
} store = {.flushed = PTHREAD_COND_INITIALIZER};

static void mark_clean(void)
{
    pthread_mutex_lock(&store.lock);
    store.dirty = 0;
    pthread_cond_broadcast(&store.flushed);
    pthread_mutex_unlock(&store.lock);
}

static void *flush_dirty(void *argument)
{
    sleep(store.disk_delay);
    pthread_mutex_lock(&store.lock);
    mark_clean();
    pthread_mutex_unlock(&store.lock);
    return argument;
}

static void checkpoint(void)
{
    pthread_mutex_lock(&store.lock);
    store.dirty++;
    start_thread("flusher", flush_dirty, NULL);
    while (store.dirty > 0)
        pthread_cond_wait(&store.flushed, &store.lock);
    pthread_mutex_unlock(&store.lock);
}

int main(int count, char **arguments)
{
    store.disk_delay = healthy_seconds(count, arguments);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&store.lock, &attributes);
    announce_when_settled(2, 0);
    checkpoint();
    return 0;
}
