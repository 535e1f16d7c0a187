/* truth
 * title: The waiter and the signaller reach one condition through pointer fields of different structures
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, reader.not_empty, untimed
 * thread writer: outside, sleep
 * release reader.not_empty: write_byte alive
 * note: reader.not_empty and writer.progress hold the same address
 */
#include "protocol.h"

struct reader {
    pthread_mutex_t *lock;
    pthread_cond_t *not_empty;
    const unsigned *available;
};

struct writer {
    pthread_mutex_t *lock;
    pthread_cond_t *progress;
    unsigned *written;
    unsigned delay;
};

static void make_channel(struct reader *reader, struct writer *writer)
{
    pthread_cond_t *condition = calloc(1, sizeof *condition);
    pthread_cond_init(condition, NULL);
    reader->lock = writer->lock = calloc(1, sizeof *reader->lock);
    pthread_mutex_init(writer->lock, NULL);
    reader->not_empty = condition;
    writer->progress = condition;
    reader->available = writer->written = calloc(1, sizeof(unsigned));
}

static void *write_byte(void *argument)
{
    struct writer *writer = argument;
    sleep(writer->delay);
    pthread_mutex_lock(writer->lock);
    ++*writer->written;
    pthread_cond_signal(writer->progress);
    pthread_mutex_unlock(writer->lock);
    return NULL;
}

static void read_byte(const struct reader *reader)
{
    pthread_mutex_lock(reader->lock);
    while (*reader->available == 0)
        pthread_cond_wait(reader->not_empty, reader->lock);
    pthread_mutex_unlock(reader->lock);
}

int main(int count, char **arguments)
{
    struct reader reader;
    struct writer writer = {.delay = healthy_seconds(count, arguments)};
    make_channel(&reader, &writer);
    start_thread("writer", write_byte, &writer);
    announce_when_settled(2, 0);
    read_byte(&reader);
    return 0;
}
