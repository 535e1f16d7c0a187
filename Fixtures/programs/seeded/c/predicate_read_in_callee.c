/* truth
 * title: The predicate of a timed wait is computed by a function from two fields that another thread writes
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, store->changed, timed
 * thread compactor: outside, sleep
 * release store->changed: compact alive
 * note: compact writes the fields and signals nothing
 */
#include "protocol.h"

struct store {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned files[4], pinned, merge_seconds;
};

__attribute__((noinline)) static bool is_compact(const struct store *store)
{
    unsigned files = 0;
    for (int level = 0; level < 4; level++)
        files += store->files[level];
    return files <= 1 && store->pinned == 0;
}

static void *compact(void *argument)
{
    struct store *store = argument;
    sleep(store->merge_seconds);
    pthread_mutex_lock(&store->lock);
    memset(store->files, 0, sizeof store->files);
    store->files[3] = 1;
    store->pinned = 0;
    pthread_mutex_unlock(&store->lock);
    return NULL;
}

static void await_compaction(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    while (!is_compact(store)) {
        struct timespec until = milliseconds_from_now(200);
        pthread_cond_timedwait(&store->changed, &store->lock, &until);
    }
    pthread_mutex_unlock(&store->lock);
}

static struct store store = {.files = {4, 3, 0, 1}, .pinned = 2};

int main(int count, char **arguments)
{
    pthread_mutex_init(&store.lock, NULL);
    pthread_cond_init(&store.changed, NULL);
    store.merge_seconds = healthy_seconds(count, arguments);
    start_thread("compactor", compact, &store);
    announce_when_settled(2, 0);
    await_compaction(&store);
    return 0;
}
