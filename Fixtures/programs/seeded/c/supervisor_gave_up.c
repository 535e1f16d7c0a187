/* truth
 * title: The supervisor that would create the thread that signals has given up after three failed attempts
 * class: dead-wait
 * cause: never-created
 * thread main: stuck, condition, snapshot.ready, untimed
 * thread supervisor: outside, sleep
 * release snapshot.ready: write_snapshot never-created, supervise past
 * note: supervise only counts seconds any more
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t ready;
    unsigned number, uptime;
} snapshot = {.lock = PTHREAD_MUTEX_INITIALIZER, .ready = PTHREAD_COND_INITIALIZER};

static void *write_snapshot(void *argument)
{
    pthread_mutex_lock(&snapshot.lock);
    snapshot.number++;
    pthread_cond_broadcast(&snapshot.ready);
    pthread_mutex_unlock(&snapshot.lock);
    return argument;
}

static void *supervise(void *argument)
{
    const char *directory = argument;
    for (int attempt = 0; attempt < 3; attempt++) {
        if (access(directory, W_OK) == 0)
            pthread_join(start_thread("snapshot", write_snapshot, NULL), NULL);
        usleep(10000);
    }
    for (;; snapshot.uptime++)
        sleep(1);
    return NULL;
}

int main(void)
{
    char directory[] = "/nonexistent";
    start_thread("supervisor", supervise, directory);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&snapshot.lock);
    while (snapshot.number == 0)
        pthread_cond_wait(&snapshot.ready, &snapshot.lock);
    pthread_mutex_unlock(&snapshot.lock);
    return 0;
}
