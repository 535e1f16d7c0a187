/* truth
 * title: The destructor of a thread-specific value, run at the thread's end, wakes the one who waits
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, arena.unused, untimed
 * thread session: outside, sleep
 * release arena.unused: release_buffer alive
 * note: no call of release_buffer: pthread_key_create has its address
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t unused;
    unsigned buffers;
    pthread_key_t key;
} arena = {.lock = PTHREAD_MUTEX_INITIALIZER, .unused = PTHREAD_COND_INITIALIZER};

static void release_buffer(void *buffer)
{
    free(buffer);
    pthread_mutex_lock(&arena.lock);
    if (--arena.buffers == 0)
        pthread_cond_signal(&arena.unused);
    pthread_mutex_unlock(&arena.lock);
}

static char *own_buffer(void)
{
    char *buffer = pthread_getspecific(arena.key);
    if (buffer == NULL) {
        buffer = calloc(1, 4096);
        pthread_setspecific(arena.key, buffer);
        pthread_mutex_lock(&arena.lock);
        arena.buffers++;
        pthread_mutex_unlock(&arena.lock);
    }
    return buffer;
}

static void *session(void *seconds)
{
    snprintf(own_buffer(), 4096, "session of %u s", *(unsigned *)seconds);
    sleep(*(unsigned *)seconds);
    return NULL;
}

static unsigned buffers_in_use(void)
{
    pthread_mutex_lock(&arena.lock);
    unsigned buffers = arena.buffers;
    pthread_mutex_unlock(&arena.lock);
    return buffers;
}

int main(int count, char **arguments)
{
    unsigned seconds = healthy_seconds(count, arguments);
    pthread_key_create(&arena.key, release_buffer);
    start_thread("session", session, &seconds);
    while (buffers_in_use() == 0)
        usleep(1000);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&arena.lock);
    while (arena.buffers > 0)
        pthread_cond_wait(&arena.unused, &arena.lock);
    pthread_mutex_unlock(&arena.lock);
    return 0;
}
