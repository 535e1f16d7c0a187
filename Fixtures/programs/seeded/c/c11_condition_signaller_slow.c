/* truth
 * title: With C11 threads: the consumer waits for a producer that sleeps first
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, parsed, untimed
 * thread parse: outside, sleep
 * release parsed: parse alive
 */
#include "protocol.h"
#include <threads.h>

static mtx_t lock;
static cnd_t parsed;
static int fields = -1;

struct input {
    const char *line;
    unsigned delay;
};

static int parse(void *argument)
{
    const struct input *input = argument;
    int found = 1;
    pthread_setname_np(pthread_self(), "parse");
    thrd_sleep(&(struct timespec){.tv_sec = input->delay}, NULL);
    for (const char *line = input->line; *line != '\0'; line++)
        found += *line == ',';
    mtx_lock(&lock);
    fields = found;
    cnd_signal(&parsed);
    mtx_unlock(&lock);
    return 0;
}

int main(int count, char **arguments)
{
    struct input input = {"1,2,3", healthy_seconds(count, arguments)};
    thrd_t thread;
    mtx_init(&lock, mtx_plain);
    cnd_init(&parsed);
    if (thrd_create(&thread, parse, &input) != thrd_success)
        return 2;
    announce_when_settled(2, 0);
    mtx_lock(&lock);
    while (fields < 0)
        cnd_wait(&parsed, &lock);
    mtx_unlock(&lock);
    return fields != 3;
}
