/* truth
 * title: The session clears its thread-specific value, so the destructor that would wake the waiter is not run
 * class: dead-wait
 * cause: exited
 * thread main: stuck, condition, arena.unused, untimed
 * release arena.unused: release_buffer exited
 * note: the C library calls release_buffer only for values that are not NULL at the thread's end
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

static void *session(void *user)
{
    snprintf(own_buffer(), 4096, "session of %s", (char *)user);
    usleep(100000);
    free(own_buffer());
    pthread_setspecific(arena.key, NULL);
    return NULL;
}

static unsigned buffers_in_use(void)
{
    pthread_mutex_lock(&arena.lock);
    unsigned buffers = arena.buffers;
    pthread_mutex_unlock(&arena.lock);
    return buffers;
}

int main(void)
{
    char user[] = "admin";
    pthread_key_create(&arena.key, release_buffer);
    start_thread("session", session, user);
    while (buffers_in_use() == 0)
        usleep(1000);
    announce_when_settled(1, 0);
    pthread_mutex_lock(&arena.lock);
    while (arena.buffers > 0)
        pthread_cond_wait(&arena.unused, &arena.lock);
    pthread_mutex_unlock(&arena.lock);
    return 0;
}
