/* truth
 * title: The thread that will signal does not exist yet; a live one creates it when its pause is over
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, snapshot.ready, untimed
 * thread supervisor: outside, sleep
 * release snapshot.ready: write_snapshot never-created, supervise alive
 * note: write_snapshot can still be created, by supervise
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t ready;
    unsigned number, interval;
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
    for (;;) {
        sleep(snapshot.interval);
        pthread_join(start_thread("snapshot", write_snapshot, NULL), NULL);
    }
    return argument;
}

int main(int count, char **arguments)
{
    snapshot.interval = healthy_seconds(count, arguments);
    start_thread("supervisor", supervise, NULL);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&snapshot.lock);
    while (snapshot.number == 0)
        pthread_cond_wait(&snapshot.ready, &snapshot.lock);
    pthread_mutex_unlock(&snapshot.lock);
    return 0;
}
