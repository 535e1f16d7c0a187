/* truth
 * title: A request is sent with the callback that only logs, so nothing wakes the caller that waits for it
 * class: dead-wait
 * cause: past
 * thread main: stuck, condition, request->answered, untimed
 * thread service: idle, condition, service.filled, untimed
 * thread heartbeat: outside, sleep
 * release request->answered: wake_caller past
 * note: wake_caller is given to the first request only, which is over
 */
#include "protocol.h"

struct request {
    struct request *next;
    void (*callback)(struct request *request);
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool done;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct request *first;
} service = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

static void *serve(void *argument)
{
    for (;;) {
        pthread_mutex_lock(&service.lock);
        while (service.first == NULL)
            pthread_cond_wait(&service.filled, &service.lock);
        struct request *request = service.first;
        service.first = request->next;
        pthread_mutex_unlock(&service.lock);
        request->callback(request);
    }
    return argument;
}

static void wake_caller(struct request *request)
{
    pthread_mutex_lock(&request->lock);
    request->done = true;
    pthread_cond_signal(&request->answered);
    pthread_mutex_unlock(&request->lock);
}

static void log_answer(struct request *request)
{
    fprintf(stderr, "request %p answered\n", (void *)request);
}

static struct request *send_request(void (*callback)(struct request *))
{
    struct request *request = calloc(1, sizeof *request);
    pthread_mutex_init(&request->lock, NULL);
    pthread_cond_init(&request->answered, NULL);
    request->callback = callback;
    pthread_mutex_lock(&service.lock);
    request->next = service.first;
    service.first = request;
    pthread_cond_signal(&service.filled);
    pthread_mutex_unlock(&service.lock);
    return request;
}

static void drop_answer(struct request *request)
{
    free(request);
}

static void *heartbeat(void *argument)
{
    for (;; sleep(2))
        send_request(drop_answer);
    return argument;
}

static void await_answer(struct request *request)
{
    pthread_mutex_lock(&request->lock);
    while (!request->done)
        pthread_cond_wait(&request->answered, &request->lock);
    pthread_mutex_unlock(&request->lock);
    free(request);
}

int main(void)
{
    start_thread("service", serve, NULL);
    start_thread("heartbeat", heartbeat, NULL);
    await_answer(send_request(wake_caller));
    announce_when_settled(3, 0);
    await_answer(send_request(log_answer));
    return 0;
}
