/* truth
 * title: The download has cancellation disabled, so that its cleanup handler is not run and the waiter not woken
 * class: dead-wait
 * cause: blocked
 * thread main: victim, condition, transfer.over, untimed
 * thread download: stuck, condition, transfer.data, untimed
 * thread watchdog: victim, join, download
 * release transfer.over: transfer_is_over blocked
 * release transfer.data: nobody
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t over, data;
    bool is_over;
    unsigned bytes;
    pthread_t download;
} transfer = {.lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER, .data = PTHREAD_COND_INITIALIZER};

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
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_cleanup_push(transfer_is_over, NULL);
    pthread_mutex_lock(&transfer.lock);
    while (transfer.bytes == 0)
        pthread_cond_wait(&transfer.data, &transfer.lock);
    pthread_mutex_unlock(&transfer.lock);
    pthread_cleanup_pop(1);
    return argument;
}

static void *watchdog(void *argument)
{
    usleep(100000);
    pthread_cancel(transfer.download);
    pthread_join(transfer.download, NULL);
    return argument;
}

int main(void)
{
    transfer.download = start_thread("download", download, NULL);
    start_thread("watchdog", watchdog, NULL);
    announce_when_settled(3, 0);
    pthread_mutex_lock(&transfer.lock);
    while (!transfer.is_over)
        pthread_cond_wait(&transfer.over, &transfer.lock);
    pthread_mutex_unlock(&transfer.lock);
    return 0;
}
