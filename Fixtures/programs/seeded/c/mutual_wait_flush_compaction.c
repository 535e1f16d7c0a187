/* truth
 * title: The flusher waits until the compactor is done, and the compactor waits until the flusher is
 * class: dead-wait
 * cause: cycle
 * thread main: victim, join, flusher
 * thread flusher: stuck, condition, store.compacted, untimed
 * thread compactor: stuck, condition, store.flushed, untimed
 * release store.compacted: compactor blocked
 * release store.flushed: flusher blocked
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t compacted, flushed;
    unsigned level0_files, memtables;
} store = {.lock = PTHREAD_MUTEX_INITIALIZER,
           .compacted = PTHREAD_COND_INITIALIZER,
           .flushed = PTHREAD_COND_INITIALIZER,
           .level0_files = 4,
           .memtables = 2};

static void *flusher(void *argument)
{
    pthread_mutex_lock(&store.lock);
    while (store.memtables > 0) {
        while (store.level0_files >= 4)
            pthread_cond_wait(&store.compacted, &store.lock);
        store.memtables--;
        store.level0_files++;
        pthread_cond_broadcast(&store.flushed);
    }
    pthread_mutex_unlock(&store.lock);
    return argument;
}

static void *compactor(void *argument)
{
    pthread_mutex_lock(&store.lock);
    while (store.level0_files > 0) {
        while (store.memtables > 0)
            pthread_cond_wait(&store.flushed, &store.lock);
        store.level0_files = 0;
        pthread_cond_broadcast(&store.compacted);
    }
    pthread_mutex_unlock(&store.lock);
    return argument;
}

int main(void)
{
    pthread_t flushing = start_thread("flusher", flusher, NULL);
    pthread_t compacting = start_thread("compactor", compactor, NULL);
    announce_when_settled(3, 0);
    pthread_join(flushing, NULL);
    pthread_join(compacting, NULL);
    return 0;
}
