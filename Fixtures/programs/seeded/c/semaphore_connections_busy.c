/* truth
 * title: A query waits for one of two connections, both of which are in use by slow queries
 * class: healthy
 * looks-like: semaphore-starved
 * thread main: waiting, join, query
 * thread slow-query x2: outside, sleep
 * thread query: waiting, semaphore, pool.connections, untimed
 * release pool.connections: query alive
 */
#include "protocol.h"
#include <semaphore.h>

static struct {
    sem_t connections;
    unsigned done;
} pool;

static void query(unsigned seconds)
{
    while (sem_wait(&pool.connections) != 0)
        continue;
    if (seconds > 0)
        sleep(seconds);
    pool.done++;
    sem_post(&pool.connections);
}

static void *run_query(void *seconds)
{
    query(*(unsigned *)seconds);
    return NULL;
}

int main(int count, char **arguments)
{
    unsigned slow = healthy_seconds(count, arguments), quick = 0;
    sem_init(&pool.connections, 0, 2);
    start_thread("slow-query", run_query, &slow);
    start_thread("slow-query", run_query, &slow);
    for (int available = 2; available > 0; usleep(1000))
        sem_getvalue(&pool.connections, &available);
    pthread_t last = start_thread("query", run_query, &quick);
    announce_when_settled(4, 0);
    pthread_join(last, NULL);
    return 0;
}
