/* truth
 * title: One condition serves readers of letters and those who wait for the close, and the close will wake them all
 * class: healthy
 * looks-like: lost-wakeup
 * thread main: waiting, condition, box.changed, untimed
 * thread reader: idle, condition, box.changed, untimed
 * thread closer: outside, sleep
 * release box.changed: close_box alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned letters, read, open_seconds;
    bool is_closed;
} box = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *read_letters(void *argument)
{
    pthread_mutex_lock(&box.lock);
    while (!box.is_closed) {
        if (box.letters > 0) {
            box.letters--;
            box.read++;
        } else {
            pthread_cond_wait(&box.changed, &box.lock);
        }
    }
    pthread_mutex_unlock(&box.lock);
    return argument;
}

static void *close_box(void *argument)
{
    sleep(box.open_seconds);
    pthread_mutex_lock(&box.lock);
    box.is_closed = true;
    pthread_cond_broadcast(&box.changed);
    pthread_mutex_unlock(&box.lock);
    return argument;
}

static void await_close(void)
{
    pthread_mutex_lock(&box.lock);
    while (!box.is_closed)
        pthread_cond_wait(&box.changed, &box.lock);
    pthread_mutex_unlock(&box.lock);
}

int main(int count, char **arguments)
{
    box.open_seconds = healthy_seconds(count, arguments);
    pthread_t reader = start_thread("reader", read_letters, NULL);
    start_thread("closer", close_box, NULL);
    announce_when_settled(3, 0);
    await_close();
    pthread_join(reader, NULL);
    return 0;
}
