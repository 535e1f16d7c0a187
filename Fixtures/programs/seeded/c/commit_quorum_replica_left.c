/* truth
 * title: A commit needs three acknowledgements, and one of the three replicas has left after a bad checksum
 * class: quorum-short
 * cause: exited
 * thread main: stuck, condition, log.acknowledged, untimed
 * thread replica x2: idle, condition, log.appended, timed
 * release log.acknowledged: replicate exited, replicate past
 * note: the two others have acknowledged this entry and do so once an entry
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
    unsigned seed, entry_sum, heartbeats;
};

static unsigned checksum(const struct replica *replica, unsigned long entry)
{
    return replica->seed ^ (unsigned)(entry * 2654435761u);
}

static void *replicate(void *argument)
{
    struct replica *replica = argument;
    unsigned long applied = 0;
    pthread_mutex_lock(&log.lock);
    for (;;) {
        while (log.last == applied) {
            struct timespec until = milliseconds_from_now(1000);
            if (pthread_cond_timedwait(&log.appended, &log.lock, &until) == ETIMEDOUT)
                replica->heartbeats++;
        }
        if (checksum(replica, log.last) != replica->entry_sum)
            break;
        applied = log.last;
        log.acknowledgements++;
        pthread_cond_signal(&log.acknowledged);
    }
    pthread_mutex_unlock(&log.lock);
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

int main(void)
{
    static struct replica replicas[REPLICAS] = {{0, 2654435761u, 0}, {7, 2654435761u, 0}, {0, 2654435761u, 0}};
    for (int index = 0; index < REPLICAS; index++)
        start_thread("replica", replicate, &replicas[index]);
    announce_when_settled(3, 0);
    commit();
    return 0;
}
