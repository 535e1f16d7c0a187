/* truth
 * title: A commit needs three acknowledgements, and the third replica is still writing to a slow disk
 * class: healthy
 * looks-like: quorum-short
 * thread main: waiting, condition, log.acknowledged, untimed
 * thread replica x2: idle, condition, log.appended, untimed
 * thread slow-replica: outside, sleep
 * release log.acknowledged: replicate alive
 */
#include "protocol.h"

enum { REPLICAS = 3 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t appended, acknowledged;
    unsigned long last, acknowledgements;
} log = {.lock = PTHREAD_MUTEX_INITIALIZER,
         .appended = PTHREAD_COND_INITIALIZER,
         .acknowledged = PTHREAD_COND_INITIALIZER};

struct replica {
    unsigned disk_delay;
};

static void *replicate(void *argument)
{
    struct replica *replica = argument;
    unsigned long applied = 0;
    pthread_mutex_lock(&log.lock);
    for (;;) {
        while (log.last == applied)
            pthread_cond_wait(&log.appended, &log.lock);
        applied = log.last;
        pthread_mutex_unlock(&log.lock);
        if (replica->disk_delay > 0)
            sleep(replica->disk_delay);
        pthread_mutex_lock(&log.lock);
        log.acknowledgements++;
        pthread_cond_signal(&log.acknowledged);
    }
    return NULL;
}

static void commit(void)
{
    pthread_mutex_lock(&log.lock);
    log.last++;
    log.acknowledgements = 0;
    pthread_cond_broadcast(&log.appended);
    while (log.acknowledgements < REPLICAS)
        pthread_cond_wait(&log.acknowledged, &log.lock);
    pthread_mutex_unlock(&log.lock);
}

int main(int count, char **arguments)
{
    static struct replica replicas[REPLICAS];
    replicas[2].disk_delay = healthy_seconds(count, arguments);
    start_thread("replica", replicate, &replicas[0]);
    start_thread("replica", replicate, &replicas[1]);
    start_thread("slow-replica", replicate, &replicas[2]);
    announce_when_settled(4, 0);
    commit();
    return 0;
}
