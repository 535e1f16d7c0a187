/* truth
 * title: Three shards wait at a barrier for the fourth, which reads a large file first
 * class: healthy
 * looks-like: barrier-short
 * thread main: waiting, join, the first shard
 * thread shard x3: waiting, barrier, all_sorted, untimed
 * thread large-shard: outside, sleep
 * release all_sorted: sort_shard alive
 */
#include "protocol.h"

enum { SHARDS = 4 };

static pthread_barrier_t all_sorted;

struct shard {
    unsigned rows, first, read_seconds;
};

static void *sort_shard(void *argument)
{
    struct shard *shard = argument;
    if (shard->read_seconds > 0)
        sleep(shard->read_seconds);
    for (unsigned row = 0; row < shard->rows; row++)
        shard->first ^= row;
    pthread_barrier_wait(&all_sorted);
    return NULL;
}

int main(int count, char **arguments)
{
    static struct shard shards[SHARDS] = {{10, 0, 0}, {5, 0, 0}, {30, 0, 0}, {20, 0, 0}};
    pthread_t threads[SHARDS];
    shards[3].read_seconds = healthy_seconds(count, arguments);
    pthread_barrier_init(&all_sorted, NULL, SHARDS);
    for (int index = 0; index < SHARDS; index++)
        threads[index] = start_thread(index == 3 ? "large-shard" : "shard", sort_shard, &shards[index]);
    announce_when_settled(5, 0);
    for (int index = 0; index < SHARDS; index++)
        pthread_join(threads[index], NULL);
    return 0;
}
