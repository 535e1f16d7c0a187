/* truth
 * title: The producer signals not_full where it means not_empty, so the consumer sleeps on
 * class: dead-wait
 * cause: other-object
 * thread main: victim, condition, buffer.not_full, untimed
 * thread consumer: stuck, condition, buffer.not_empty, untimed
 * release buffer.not_empty: nobody
 * release buffer.not_full: take blocked, put blocked
 */
#include "protocol.h"

enum { SLOTS = 4 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    int slots[SLOTS];
    unsigned filled, next;
} buffer = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .not_empty = PTHREAD_COND_INITIALIZER,
            .not_full = PTHREAD_COND_INITIALIZER};

static void put(int value)
{
    pthread_mutex_lock(&buffer.lock);
    while (buffer.filled == SLOTS)
        pthread_cond_wait(&buffer.not_full, &buffer.lock);
    buffer.slots[(buffer.next + buffer.filled++) % SLOTS] = value;
    pthread_cond_signal(&buffer.not_full);
    pthread_mutex_unlock(&buffer.lock);
}

static int take(void)
{
    pthread_mutex_lock(&buffer.lock);
    while (buffer.filled == 0)
        pthread_cond_wait(&buffer.not_empty, &buffer.lock);
    int value = buffer.slots[buffer.next++ % SLOTS];
    buffer.filled--;
    pthread_cond_signal(&buffer.not_full);
    pthread_mutex_unlock(&buffer.lock);
    return value;
}

static void *consumer(void *argument)
{
    long *sum = argument;
    for (int value; (value = take()) != 0;)
        *sum += value;
    return NULL;
}

int main(void)
{
    long sum = 0;
    pthread_t thread = start_thread("consumer", consumer, &sum);
    let_others_settle(2);
    announce_when_settled(2, 0);
    for (int value = 20; value >= 0; value--)
        put(value);
    pthread_join(thread, NULL);
    printf("sum %ld\n", sum);
    return 0;
}
