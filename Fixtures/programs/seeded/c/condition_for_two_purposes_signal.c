/* truth
 * title: One condition serves readers of letters and those who wait for the close, and the one signal wakes a reader
 * class: lost-wakeup
 * cause: other-waiter
 * thread main: stuck, condition, box.changed, untimed
 * thread reader: victim, condition, box.changed, untimed
 * release box.changed: close_box exited, post_letter blocked
 * note: box.is_closed is already true; only main posts letters, when it goes on
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned letters, read;
    bool is_closed;
} box = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *read_letters(void *argument)
{
    pthread_mutex_lock(&box.lock);
    for (;;) {
        while (box.letters == 0)
            pthread_cond_wait(&box.changed, &box.lock);
        box.letters--;
        box.read++;
    }
    return argument;
}

static void post_letter(void)
{
    pthread_mutex_lock(&box.lock);
    box.letters++;
    pthread_cond_signal(&box.changed);
    pthread_mutex_unlock(&box.lock);
}

/* Closes the box when whoever was about to post has had the time to do so. */
static void *close_box(void *argument)
{
    usleep(400000);
    pthread_mutex_lock(&box.lock);
    box.is_closed = true;
    pthread_cond_signal(&box.changed);
    pthread_mutex_unlock(&box.lock);
    return argument;
}

static void await_close(void)
{
    pthread_mutex_lock(&box.lock);
    start_thread("closer", close_box, NULL);
    while (!box.is_closed)
        pthread_cond_wait(&box.changed, &box.lock);
    pthread_mutex_unlock(&box.lock);
}

int main(void)
{
    start_thread("reader", read_letters, NULL);
    let_others_settle(2);
    announce_when_settled(2, 0);
    await_close();
    post_letter();
    return 0;
}
