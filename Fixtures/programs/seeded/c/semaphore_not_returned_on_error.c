/* truth
 * title: Two queries failed and did not give their connection back, so the third waits for one for ever
 * class: semaphore-starved
 * cause: leaked
 * thread main: victim, join, query
 * thread query: stuck, semaphore, pool.connections, untimed
 * thread pinger: outside, sleep
 * release pool.connections: query exited, query blocked
 */
#include "protocol.h"
#include <semaphore.h>

static struct {
    sem_t connections;
    unsigned failures, pings;
} pool;

static int execute(const char *statement)
{
    return strchr(statement, ';') != NULL ? 0 : EINVAL;
}

static int query(const char *statement)
{
    while (sem_wait(&pool.connections) != 0)
        continue;
    int error = execute(statement);
    if (error != 0) {
        pool.failures++;
        return error;
    }
    sem_post(&pool.connections);
    return 0;
}

static void *run_query(void *statement)
{
    query(statement);
    return NULL;
}

static void *pinger(void *argument)
{
    for (;; pool.pings++)
        sleep(2);
    return argument;
}

int main(void)
{
    char bad[] = "select", good[] = "select 1;";
    sem_init(&pool.connections, 0, 2);
    start_thread("pinger", pinger, NULL);
    pthread_join(start_thread("query", run_query, bad), NULL);
    pthread_join(start_thread("query", run_query, bad), NULL);
    pthread_t last = start_thread("query", run_query, good);
    announce_when_settled(3, 0);
    pthread_join(last, NULL);
    return 0;
}
