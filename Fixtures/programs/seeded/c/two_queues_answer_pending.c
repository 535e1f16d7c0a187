/* truth
 * title: A client waits at its answer queue while the server works through the request
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, client->answers.filled, untimed
 * thread server: outside, sleep
 * thread janitor: idle, condition, client->expired.filled, untimed
 * release client->answers.filled: queue_push alive
 * release client->expired.filled: queue_push application
 */
#include "protocol.h"

struct message {
    struct message *next;
    unsigned delay;
    int value;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct message *first;
};

struct client {
    struct queue requests, answers, expired;
};

static void queue_init(struct queue *queue)
{
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
}

static void queue_push(struct queue *queue, struct message *message)
{
    pthread_mutex_lock(&queue->lock);
    message->next = queue->first;
    queue->first = message;
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

static struct message *queue_pop(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->first == NULL)
        pthread_cond_wait(&queue->filled, &queue->lock);
    struct message *message = queue->first;
    queue->first = message->next;
    pthread_mutex_unlock(&queue->lock);
    return message;
}

static void *server(void *argument)
{
    struct client *client = argument;
    for (;;) {
        struct message *message = queue_pop(&client->requests);
        sleep(message->delay);
        message->value *= 2;
        queue_push(message->value > 1000 ? &client->expired : &client->answers, message);
    }
    return NULL;
}

static void *janitor(void *argument)
{
    struct client *client = argument;
    for (;;)
        free(queue_pop(&client->expired));
    return NULL;
}

int main(int count, char **arguments)
{
    struct client *client = calloc(1, sizeof *client);
    queue_init(&client->requests);
    queue_init(&client->answers);
    queue_init(&client->expired);
    start_thread("server", server, client);
    start_thread("janitor", janitor, client);
    struct message request = {.delay = healthy_seconds(count, arguments), .value = 21};
    queue_push(&client->requests, &request);
    announce_when_settled(3, 0);
    return queue_pop(&client->answers)->value != 42;
}
