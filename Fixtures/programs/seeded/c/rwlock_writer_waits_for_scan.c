/* truth
 * title: A writer waits for the read lock of a long scan, and a reader waits behind the writer
 * class: healthy
 * looks-like: deadlock-cycle
 * thread main: waiting, rwlock-read, table.lock, untimed
 * thread scan: outside, sleep
 * thread writer: waiting, rwlock-write, table.lock, untimed
 * release table.lock: scan alive
 */
#include "protocol.h"

static struct {
    pthread_rwlock_t lock;
    int rows[16];
    unsigned row_delay;
    bool scanning;
} table;

static void *scan(void *sum)
{
    pthread_rwlock_rdlock(&table.lock);
    __atomic_store_n(&table.scanning, true, __ATOMIC_RELEASE);
    sleep(table.row_delay);
    for (int row = 0; row < 16; row++)
        *(long *)sum += table.rows[row];
    pthread_rwlock_unlock(&table.lock);
    return NULL;
}

static void *write_rows(void *argument)
{
    pthread_rwlock_wrlock(&table.lock);
    for (int row = 0; row < 16; row++)
        table.rows[row]++;
    pthread_rwlock_unlock(&table.lock);
    return argument;
}

int main(int count, char **arguments)
{
    static long sum;
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&table.lock, &attributes);
    table.row_delay = healthy_seconds(count, arguments);
    start_thread("scan", scan, &sum);
    while (!__atomic_load_n(&table.scanning, __ATOMIC_ACQUIRE))
        usleep(1000);
    start_thread("writer", write_rows, NULL);
    let_others_settle(3);
    announce_when_settled(3, 0);
    pthread_rwlock_rdlock(&table.lock);
    int first = table.rows[0];
    pthread_rwlock_unlock(&table.lock);
    return first != 1;
}
