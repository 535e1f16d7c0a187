/* truth
 * title: The cleanup handler of a download, which runs when the download is cancelled, wakes the one who waits
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, transfer.over, untimed
 * thread download: waiting, pause
 * thread watchdog: outside, sleep
 * release transfer.over: transfer_is_over alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool is_over;
    unsigned limit;
    pthread_t download;
} transfer = {.lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER};

static void transfer_is_over(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&transfer.lock);
    transfer.is_over = true;
    pthread_cond_broadcast(&transfer.over);
    pthread_mutex_unlock(&transfer.lock);
}

static void *download(void *argument)
{
    pthread_cleanup_push(transfer_is_over, NULL);
    for (;;)
        pause();
    pthread_cleanup_pop(0);
    return argument;
}

static void *watchdog(void *argument)
{
    sleep(transfer.limit);
    pthread_cancel(transfer.download);
    pthread_join(transfer.download, NULL);
    return argument;
}

int main(int count, char **arguments)
{
    transfer.limit = healthy_seconds(count, arguments);
    transfer.download = start_thread("download", download, NULL);
    start_thread("watchdog", watchdog, NULL);
    announce_when_settled(3, 0);
    pthread_mutex_lock(&transfer.lock);
    while (!transfer.is_over)
        pthread_cond_wait(&transfer.over, &transfer.lock);
    pthread_mutex_unlock(&transfer.lock);
    return 0;
}
