/* truth
 * title: Two locks are taken in both orders, but one side only tries the second and backs off
 * class: healthy
 * looks-like: deadlock-cycle
 * thread main: waiting, join, the checkpoint
 * thread checkpoint: outside, sleep
 * thread evict: waiting, sleep, engine.checkpoint, polling
 * thread session: waiting, mutex, engine.checkpoint, untimed
 * release engine.checkpoint: checkpoint alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t checkpoint, pages;
    unsigned write_seconds, evicted, commits;
    bool writing;
} engine = {.checkpoint = PTHREAD_MUTEX_INITIALIZER, .pages = PTHREAD_MUTEX_INITIALIZER};

static void *evict(void *argument)
{
    for (;; usleep(30000)) {
        pthread_mutex_lock(&engine.pages);
        if (pthread_mutex_trylock(&engine.checkpoint) == 0) {
            engine.evicted++;
            pthread_mutex_unlock(&engine.checkpoint);
        }
        pthread_mutex_unlock(&engine.pages);
    }
    return argument;
}

static void *checkpoint(void *argument)
{
    pthread_mutex_lock(&engine.checkpoint);
    __atomic_store_n(&engine.writing, true, __ATOMIC_RELEASE);
    sleep(engine.write_seconds);
    pthread_mutex_lock(&engine.pages);
    engine.evicted = 0;
    pthread_mutex_unlock(&engine.pages);
    pthread_mutex_unlock(&engine.checkpoint);
    return argument;
}

static void *session(void *argument)
{
    pthread_mutex_lock(&engine.checkpoint);
    engine.commits++;
    pthread_mutex_unlock(&engine.checkpoint);
    return argument;
}

int main(int count, char **arguments)
{
    engine.write_seconds = healthy_seconds(count, arguments);
    pthread_t thread = start_thread("checkpoint", checkpoint, NULL);
    while (!__atomic_load_n(&engine.writing, __ATOMIC_ACQUIRE))
        usleep(1000);
    start_thread("evict", evict, NULL);
    start_thread("session", session, NULL);
    announce_when_settled(4, 0);
    pthread_join(thread, NULL);
    return 0;
}
