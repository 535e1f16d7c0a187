/* truth
 * title: The condition is a member of the structure around the list link that the signaller gets
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, request.answered, untimed
 * thread service: outside, sleep
 * release request.answered: answer alive
 */
#include "protocol.h"
#include <stddef.h>

struct link {
    struct link *next;
};

struct request {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    int status;
    struct link link;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct link *first;
    unsigned delay;
} service = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

static void answer(struct link *link)
{
    struct request *request = (struct request *)((char *)link - offsetof(struct request, link));
    pthread_mutex_lock(&request->lock);
    request->status = 200;
    pthread_cond_signal(&request->answered);
    pthread_mutex_unlock(&request->lock);
}

static void *serve(void *argument)
{
    for (;;) {
        pthread_mutex_lock(&service.lock);
        while (service.first == NULL)
            pthread_cond_wait(&service.filled, &service.lock);
        struct link *link = service.first;
        service.first = link->next;
        pthread_mutex_unlock(&service.lock);
        sleep(service.delay);
        answer(link);
    }
    return argument;
}

static void enqueue(struct link *link)
{
    pthread_mutex_lock(&service.lock);
    link->next = service.first;
    service.first = link;
    pthread_cond_signal(&service.filled);
    pthread_mutex_unlock(&service.lock);
}

int main(int count, char **arguments)
{
    struct request request = {.lock = PTHREAD_MUTEX_INITIALIZER, .answered = PTHREAD_COND_INITIALIZER};
    service.delay = healthy_seconds(count, arguments);
    start_thread("service", serve, NULL);
    enqueue(&request.link);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&request.lock);
    while (request.status == 0)
        pthread_cond_wait(&request.answered, &request.lock);
    pthread_mutex_unlock(&request.lock);
    return request.status != 200;
}
