/* A plug-in that the programs plugin_*.c load: its entry does the work and reports the end of it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

void codec_run(pthread_mutex_t *lock, pthread_cond_t *finished, bool *done, unsigned seconds);

void codec_run(pthread_mutex_t *lock, pthread_cond_t *finished, bool *done, unsigned seconds)
{
    if (seconds > 0)
        sleep(seconds);
    pthread_mutex_lock(lock);
    *done = true;
    pthread_cond_broadcast(finished);
    pthread_mutex_unlock(lock);
}
