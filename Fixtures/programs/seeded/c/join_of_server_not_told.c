/* truth
 * title: Shutdown joins the write server without telling it to stop, and only the one who joins gives it work
 * class: join-stuck
 * cause: cycle
 * thread main: stuck, join, writer
 * thread writer: stuck, condition, writes.queued, untimed
 * release writes.queued: queue_write blocked, stop_writer past
 * note: stop_writer is called on the path that has an open file only
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t queued;
    unsigned waiting, written;
    bool stopping;
    int file;
} writes = {.lock = PTHREAD_MUTEX_INITIALIZER, .queued = PTHREAD_COND_INITIALIZER, .file = -1};

static void *write_server(void *argument)
{
    pthread_mutex_lock(&writes.lock);
    while (!writes.stopping) {
        if (writes.waiting > 0) {
            writes.waiting--;
            writes.written++;
        } else {
            pthread_cond_wait(&writes.queued, &writes.lock);
        }
    }
    pthread_mutex_unlock(&writes.lock);
    return argument;
}

static void queue_write(void)
{
    pthread_mutex_lock(&writes.lock);
    writes.waiting++;
    pthread_cond_signal(&writes.queued);
    pthread_mutex_unlock(&writes.lock);
}

static void stop_writer(void)
{
    pthread_mutex_lock(&writes.lock);
    writes.stopping = true;
    pthread_cond_signal(&writes.queued);
    pthread_mutex_unlock(&writes.lock);
}

static void shut_down(pthread_t writer)
{
    if (writes.file >= 0) {
        stop_writer();
        close(writes.file);
    }
    announce_when_settled(2, 0);
    pthread_join(writer, NULL);
}

int main(void)
{
    pthread_t writer = start_thread("writer", write_server, NULL);
    writes.file = open("/nonexistent/file", O_WRONLY | O_CLOEXEC);
    queue_write();
    shut_down(writer);
    queue_write();
    return 0;
}
