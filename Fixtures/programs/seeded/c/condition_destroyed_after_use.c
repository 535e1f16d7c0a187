/* truth
 * title: Close wakes the waiting worker and destroys the condition; the worker is slow to end and close joins it
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, join, worker
 * thread worker: outside, sleep
 */
#include "protocol.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    unsigned items, taken;
    unsigned flush_seconds;
    bool closed;
};

static struct queue *queue_new(void)
{
    struct queue *queue = calloc(1, sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
    return queue;
}

static void queue_push(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->items++;
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

static void queue_free(struct queue *queue, pthread_t worker)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_destroy(&queue->filled);
    pthread_join(worker, NULL);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

static void *worker(void *argument)
{
    struct queue *queue = argument;
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed) {
        if (queue->items > 0) {
            queue->items--;
            queue->taken++;
        } else {
            pthread_cond_wait(&queue->filled, &queue->lock);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    sleep(queue->flush_seconds);
    return NULL;
}

int main(int count, char **arguments)
{
    struct queue *old = queue_new();
    old->flush_seconds = healthy_seconds(count, arguments);
    pthread_t thread = start_thread("worker", worker, old);
    queue_push(old);
    let_others_settle(2);
    announce_when_settled(2, 0);
    queue_free(old, thread);
    return 0;
}
