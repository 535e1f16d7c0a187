/* truth
 * title: Close destroys the condition on which a worker still waits, and the destruction waits for that worker
 * class: dead-wait
 * cause: cycle
 * thread main: stuck, other, queue->filled, untimed
 * thread worker: stuck, condition, queue->filled, untimed
 * release queue->filled: queue_push blocked
 * note: glibc's pthread_cond_destroy waits until no thread waits on the condition; the worker waits for main's push
 */
#include "protocol.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    unsigned items, taken;
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

static void queue_free(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_destroy(&queue->filled);
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
    return NULL;
}

int main(void)
{
    struct queue *old = queue_new();
    start_thread("worker", worker, old);
    queue_push(old);
    let_others_settle(2);
    announce_when_settled(2, 0);
    queue_free(old);
    struct queue *new = queue_new();
    queue_push(new);
    return 0;
}
