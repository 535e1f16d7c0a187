/* truth
 * title: A put that fails rolls back while it holds the table's lock, which is recursive; the rollback is slow
 * class: healthy
 * looks-like: self-deadlock
 * thread main: outside, sleep
 * thread sync: waiting, mutex, table->lock, untimed
 * release table->lock: table_put alive
 */
#include "protocol.h"

enum { ROOM = 4 };

struct table {
    pthread_mutex_t lock;
    unsigned used, committed, synced, disk_delay;
    int values[ROOM];
};

static void table_rollback(struct table *table)
{
    pthread_mutex_lock(&table->lock);
    sleep(table->disk_delay);
    table->used = table->committed;
    pthread_mutex_unlock(&table->lock);
}

static int table_put(struct table *table, int value)
{
    int error = 0;
    pthread_mutex_lock(&table->lock);
    if (table->used == ROOM) {
        error = ENOSPC;
        goto failed;
    }
    table->values[table->used++] = value;
    pthread_mutex_unlock(&table->lock);
    return 0;
failed:
    table_rollback(table);
    pthread_mutex_unlock(&table->lock);
    return error;
}

static void *sync_server(void *argument)
{
    for (struct table *table = argument;; usleep(10000)) {
        pthread_mutex_lock(&table->lock);
        table->synced = table->used;
        pthread_mutex_unlock(&table->lock);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    struct table *table = calloc(1, sizeof *table);
    table->disk_delay = healthy_seconds(count, arguments);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&table->lock, &attributes);
    start_thread("sync", sync_server, table);
    for (int value = 0; value < ROOM; value++)
        table_put(table, value);
    pthread_mutex_lock(&table->lock);
    table->committed = table->used;
    pthread_mutex_unlock(&table->lock);
    announce_when_settled(2, 0);
    int error = table_put(table, ROOM);
    return error != ENOSPC;
}
