/* truth
 * title: With C11 threads: the producer leaves by thrd_exit when its input is bad, before it signals
 * class: dead-wait
 * cause: exits-on-error
 * thread main: stuck, condition, parsed, untimed
 * release parsed: parse exited
 */
#include "protocol.h"
#include <threads.h>

static mtx_t lock;
static cnd_t parsed;
static int fields = -1;

static int field_count(const char *line)
{
    int found = 1;
    for (; *line != '\0'; line++) {
        if (*line == '"')
            thrd_exit(1);
        found += *line == ',';
    }
    return found;
}

static int parse(void *line)
{
    int found = field_count(line);
    mtx_lock(&lock);
    fields = found;
    cnd_signal(&parsed);
    mtx_unlock(&lock);
    return 0;
}

int main(void)
{
    char line[] = "1,\"two\",3";
    thrd_t thread;
    mtx_init(&lock, mtx_plain);
    cnd_init(&parsed);
    if (thrd_create(&thread, parse, line) != thrd_success)
        return 2;
    thrd_detach(thread);
    announce_when_settled(1, 0);
    mtx_lock(&lock);
    while (fields < 0)
        cnd_wait(&parsed, &lock);
    mtx_unlock(&lock);
    return 0;
}
