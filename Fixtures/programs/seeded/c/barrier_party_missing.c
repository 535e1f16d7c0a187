/* truth
 * title: A barrier for four shards, of which the empty one was given no thread
 * class: barrier-short
 * cause: missing-party
 * thread main: victim, join, the first shard
 * thread shard x3: stuck, barrier, all_sorted, untimed
 * release all_sorted: sort_shard never-created, sort_shard blocked
 */
#include "protocol.h"

enum { SHARDS = 4 };

static pthread_barrier_t all_sorted;

struct shard {
    unsigned rows, first;
};

static void *sort_shard(void *argument)
{
    struct shard *shard = argument;
    for (unsigned row = 0; row < shard->rows; row++)
        shard->first ^= row;
    pthread_barrier_wait(&all_sorted);
    return NULL;
}

int main(void)
{
    static struct shard shards[SHARDS] = {{10, 0}, {0, 0}, {30, 0}, {20, 0}};
    pthread_t threads[SHARDS];
    pthread_barrier_init(&all_sorted, NULL, SHARDS);
    unsigned started = 0;
    for (int index = 0; index < SHARDS; index++) {
        if (shards[index].rows > 0)
            threads[started++] = start_thread("shard", sort_shard, &shards[index]);
    }
    announce_when_settled(4, 0);
    for (unsigned index = 0; index < started; index++)
        pthread_join(threads[index], NULL);
    return 0;
}
