/* truth
 * title: A waiter on a stack is taken off the list when the list is trimmed, so nobody knows its condition any more
 * class: dead-wait
 * cause: abandoned
 * thread main: stuck, condition, entry.woken, untimed
 * thread sync: outside, sleep
 * release entry.woken: wake_waiters past
 * note: only the waiter's own stack holds the address of its condition
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
} wal = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void wake_waiters(void)
{
    for (struct entry *entry = wal.waiters; entry != NULL; entry = entry->next) {
        if (entry->lsn <= wal.synced) {
            entry->is_woken = true;
            pthread_cond_signal(&entry->woken);
        }
    }
}

/* Takes off the list all up to the first that the next sync is for. */
static void trim_waiters(void)
{
    while (wal.waiters != NULL && wal.waiters->lsn <= wal.written)
        wal.waiters = wal.waiters->next;
}

static void *sync_server(void *argument)
{
    for (;; usleep(200000)) {
        pthread_mutex_lock(&wal.lock);
        wake_waiters();
        wal.synced = wal.written;
        trim_waiters();
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

int main(void)
{
    start_thread("sync", sync_server, NULL);
    announce_when_settled(2, 0);
    commit();
    return 0;
}
