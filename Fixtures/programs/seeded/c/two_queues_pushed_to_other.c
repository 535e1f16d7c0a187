/* truth
 * title: The answer is pushed to the request queue, while the client waits at the answer queue of the same type
 * class: dead-wait
 * cause: other-object
 * thread main: stuck, condition, client->answers.filled, untimed
 * thread server: idle, condition, client->requests.filled, untimed
 * thread pinger: outside, sleep
 * release client->answers.filled: queue_push past
 * note: server and pinger call queue_push with &client->requests only; the server drops what it pushed itself
 */
#include "protocol.h"

struct message {
    struct message *next;
    enum { REQUEST, ANSWER, PING } kind;
    int value;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct message *first;
};

struct client {
    struct queue requests, answers;
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
        if (message->kind != REQUEST) {
            if (message->kind == PING)
                free(message);
            continue;
        }
        message->kind = ANSWER;
        message->value *= 2;
        queue_push(&client->requests, message);
    }
    return NULL;
}

static void *pinger(void *argument)
{
    for (struct client *client = argument;; sleep(2)) {
        struct message *ping = calloc(1, sizeof *ping);
        ping->kind = PING;
        queue_push(&client->requests, ping);
    }
    return NULL;
}

int main(void)
{
    struct client *client = calloc(1, sizeof *client);
    queue_init(&client->requests);
    queue_init(&client->answers);
    start_thread("server", server, client);
    start_thread("pinger", pinger, client);
    struct message request = {.kind = REQUEST, .value = 21};
    queue_push(&client->requests, &request);
    announce_when_settled(3, 0);
    return queue_pop(&client->answers)->value != 42;
}
