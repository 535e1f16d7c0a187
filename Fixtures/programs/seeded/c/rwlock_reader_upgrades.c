/* truth
 * title: A reader of the table finds a stale row and takes the write lock while it still holds the read lock
 * class: self-deadlock
 * cause: only-self
 * thread main: victim, rwlock-read, table.lock, untimed
 * thread refresh: stuck, rwlock-write, table.lock, untimed
 * release table.lock: lookup blocked
 */
#include "protocol.h"

static struct {
    pthread_rwlock_t lock;
    time_t refreshed;
    int rows[16];
} table;

static void refresh_row(int row)
{
    pthread_rwlock_wrlock(&table.lock);
    table.rows[row]++;
    table.refreshed = time(NULL);
    pthread_rwlock_unlock(&table.lock);
}

static int lookup(int row)
{
    pthread_rwlock_rdlock(&table.lock);
    if (time(NULL) - table.refreshed > 60)
        refresh_row(row);
    int value = table.rows[row];
    pthread_rwlock_unlock(&table.lock);
    return value;
}

static void *refresh(void *argument)
{
    for (int row = 0; row < 16; row++)
        lookup(row);
    return argument;
}

int main(void)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&table.lock, &attributes);
    start_thread("refresh", refresh, NULL);
    let_others_settle(2);
    announce_when_settled(2, 0);
    return lookup(3) < 0;
}
