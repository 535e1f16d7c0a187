/* truth
 * title: The checkpoint takes its lock and then the pages, the eviction takes the pages and then the checkpoint's lock
 * class: deadlock-cycle
 * cause: cycle
 * thread main: victim, join, the checkpoint
 * thread checkpoint: stuck, mutex, engine.pages, untimed
 * thread evict: stuck, mutex, engine.checkpoint, untimed
 * release engine.pages: evict blocked
 * release engine.checkpoint: checkpoint blocked
 */
#include "protocol.h"

static struct {
    pthread_mutex_t checkpoint, pages;
    unsigned passes, generation, cached;
} engine = {.checkpoint = PTHREAD_MUTEX_INITIALIZER, .pages = PTHREAD_MUTEX_INITIALIZER, .cached = 100};

static unsigned passes(void)
{
    return __atomic_load_n(&engine.passes, __ATOMIC_ACQUIRE);
}

static void *evict(void *argument)
{
    pthread_mutex_lock(&engine.pages);
    __atomic_add_fetch(&engine.passes, 1, __ATOMIC_RELEASE);
    for (; engine.cached > 50; engine.cached--) {
        pthread_mutex_lock(&engine.checkpoint);
        engine.generation++;
        pthread_mutex_unlock(&engine.checkpoint);
    }
    pthread_mutex_unlock(&engine.pages);
    return argument;
}

/* Waits for the eviction to begin its pass, so that there is less to write. */
static void *checkpoint(void *argument)
{
    pthread_mutex_lock(&engine.checkpoint);
    start_thread("evict", evict, NULL);
    while (passes() == 0)
        usleep(1000);
    pthread_mutex_lock(&engine.pages);
    engine.cached = 0;
    pthread_mutex_unlock(&engine.pages);
    pthread_mutex_unlock(&engine.checkpoint);
    return argument;
}

int main(void)
{
    pthread_t thread = start_thread("checkpoint", checkpoint, NULL);
    announce_when_settled(3, 0);
    pthread_join(thread, NULL);
    return 0;
}
