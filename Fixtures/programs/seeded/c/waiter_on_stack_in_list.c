/* truth
 * title: The condition is in a list entry on the waiter's stack, and the one who empties the list will signal it
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, entry.woken, untimed
 * thread sync: outside, sleep
 * release entry.woken: wake_waiters alive
 */
#include "protocol.h"

struct entry {
    struct entry *next;
    pthread_cond_t woken;
    unsigned long lsn;
    bool is_woken;
};

static struct {
    pthread_mutex_t lock;
    struct entry *waiters;
    unsigned long written, synced;
    unsigned sync_seconds;
} wal = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void wake_waiters(void)
{
    for (struct entry **place = &wal.waiters; *place != NULL;) {
        struct entry *entry = *place;
        if (entry->lsn > wal.synced) {
            place = &entry->next;
            continue;
        }
        *place = entry->next;
        entry->is_woken = true;
        pthread_cond_signal(&entry->woken);
    }
}

static void *sync_server(void *argument)
{
    for (;;) {
        sleep(wal.sync_seconds);
        pthread_mutex_lock(&wal.lock);
        wal.synced = wal.written;
        wake_waiters();
        pthread_mutex_unlock(&wal.lock);
    }
    return argument;
}

static void commit(void)
{
    pthread_mutex_lock(&wal.lock);
    struct entry entry = {.next = wal.waiters, .lsn = ++wal.written};
    pthread_cond_init(&entry.woken, NULL);
    wal.waiters = &entry;
    while (!entry.is_woken)
        pthread_cond_wait(&entry.woken, &wal.lock);
    pthread_mutex_unlock(&wal.lock);
}

int main(int count, char **arguments)
{
    wal.sync_seconds = healthy_seconds(count, arguments);
    start_thread("sync", sync_server, NULL);
    announce_when_settled(2, 0);
    commit();
    return 0;
}
