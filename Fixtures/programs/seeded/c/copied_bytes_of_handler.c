/* truth
 * title: The function that signals is found in a ring of bytes, into which its address was copied as bytes
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, backup.finished, untimed
 * thread executor: outside, sleep
 * release backup.finished: backup_is_finished alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    unsigned char bytes[256];
    size_t head, tail;
} ring = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t finished;
    bool is_finished;
} backup = {.lock = PTHREAD_MUTEX_INITIALIZER, .finished = PTHREAD_COND_INITIALIZER};

static void ring_write(const void *source, size_t size)
{
    const unsigned char *bytes = source;
    pthread_mutex_lock(&ring.lock);
    for (size_t index = 0; index < size; index++)
        ring.bytes[ring.head++ % sizeof ring.bytes] = bytes[index];
    pthread_cond_signal(&ring.filled);
    pthread_mutex_unlock(&ring.lock);
}

static void ring_read(void *target, size_t size)
{
    unsigned char *bytes = target;
    pthread_mutex_lock(&ring.lock);
    while (ring.head - ring.tail < size)
        pthread_cond_wait(&ring.filled, &ring.lock);
    for (size_t index = 0; index < size; index++)
        bytes[index] = ring.bytes[ring.tail++ % sizeof ring.bytes];
    pthread_mutex_unlock(&ring.lock);
}

static void pause_for(unsigned seconds)
{
    sleep(seconds);
}

static void backup_is_finished(unsigned files)
{
    pthread_mutex_lock(&backup.lock);
    backup.is_finished = files > 0;
    pthread_cond_signal(&backup.finished);
    pthread_mutex_unlock(&backup.lock);
}

struct command {
    void (*function)(unsigned);
    unsigned parameter;
};

static void *execute(void *argument)
{
    for (struct command command;;) {
        ring_read(&command, sizeof command);
        command.function(command.parameter);
    }
    return argument;
}

int main(int count, char **arguments)
{
    struct command commands[2] = {{pause_for, healthy_seconds(count, arguments)}, {backup_is_finished, 12}};
    start_thread("executor", execute, NULL);
    ring_write(&commands[0], sizeof commands[0]);
    ring_write(&commands[1], sizeof commands[1]);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&backup.lock);
    while (!backup.is_finished)
        pthread_cond_wait(&backup.finished, &backup.lock);
    pthread_mutex_unlock(&backup.lock);
    return 0;
}
