/* truth
 * title: The signaller gets to its signal by tail calls, which leave no frame and no return address
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, page.loaded, untimed
 * thread reader: outside, sleep
 * release page.loaded: wake_all alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    int state;
} page = {.lock = PTHREAD_MUTEX_INITIALIZER, .loaded = PTHREAD_COND_INITIALIZER};

__attribute__((noinline)) static int wake_all(pthread_cond_t *condition)
{
    return pthread_cond_broadcast(condition);
}

__attribute__((noinline)) static int publish(int state)
{
    pthread_mutex_lock(&page.lock);
    page.state = state;
    pthread_mutex_unlock(&page.lock);
    return wake_all(&page.loaded);
}

__attribute__((noinline)) static int read_page(unsigned seconds)
{
    sleep(seconds);
    return publish(1);
}

static void *reader(void *seconds)
{
    return (void *)(intptr_t)read_page(*(unsigned *)seconds);
}

int main(int count, char **arguments)
{
    unsigned seconds = healthy_seconds(count, arguments);
    start_thread("reader", reader, &seconds);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&page.lock);
    while (page.state == 0)
        pthread_cond_wait(&page.loaded, &page.lock);
    pthread_mutex_unlock(&page.lock);
    return 0;
}
