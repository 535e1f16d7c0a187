/* truth
 * title: A put that fails rolls back while it holds the table's lock, and the rollback takes that lock
 * class: self-deadlock
 * cause: only-self
 * thread main: stuck, mutex, table->lock, untimed
 * thread sync: victim, mutex, table->lock, untimed
 * release table->lock: table_put blocked
 */
#include "protocol.h"

enum { ROOM = 4 };

struct table {
    pthread_mutex_t lock;
    unsigned used, committed, synced;
    int values[ROOM];
};

static void table_rollback(struct table *table)
{
    pthread_mutex_lock(&table->lock);
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

int main(void)
{
    struct table *table = calloc(1, sizeof *table);
    pthread_mutex_init(&table->lock, NULL);
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
