/* truth
 * title: A flush needs four workers, but the third could not be created and the fourth was not tried
 * class: quorum-short
 * cause: creation-failed
 * thread main: stuck, condition, async.flushed, untimed
 * thread worker x2: stuck, condition, async.flushed, untimed
 * release async.flushed: flush_worker creation-failed, flush_worker blocked
 * note: the two workers that exist wait on the same condition for the other two
 */
#include "protocol.h"

enum { WORKERS = 4 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work, flushed;
    unsigned generation, arrived, needed;
} async = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .flushed = PTHREAD_COND_INITIALIZER};

/* In kilobytes, one a worker, as the configuration gives them. */
static const char *stack_sizes[WORKERS] = {"256", "256", "274877906944", "256"};

static void *flush_worker(void *argument)
{
    unsigned seen = 0;
    pthread_mutex_lock(&async.lock);
    for (;;) {
        while (async.generation == seen)
            pthread_cond_wait(&async.work, &async.lock);
        seen = async.generation;
        if (++async.arrived == async.needed)
            pthread_cond_broadcast(&async.flushed);
        while (async.arrived < async.needed)
            pthread_cond_wait(&async.flushed, &async.lock);
    }
    return argument;
}

static int create_worker(const char *stack_size)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, strtoul(stack_size, NULL, 10) * 1024);
    int error = pthread_create(&thread, &attributes, flush_worker, NULL);
    pthread_attr_destroy(&attributes);
    if (error == 0)
        pthread_setname_np(thread, "worker");
    return error;
}

static int async_open(void)
{
    async.needed = WORKERS;
    for (int index = 0; index < WORKERS; index++) {
        int error = create_worker(stack_sizes[index]);
        if (error != 0) {
            fprintf(stderr, "async worker %d: %s\n", index, strerror(error));
            return error;
        }
    }
    return 0;
}

static void async_flush(void)
{
    pthread_mutex_lock(&async.lock);
    async.generation++;
    pthread_cond_broadcast(&async.work);
    while (async.arrived < async.needed)
        pthread_cond_wait(&async.flushed, &async.lock);
    pthread_mutex_unlock(&async.lock);
}

int main(void)
{
    int error = async_open();
    announce_when_settled(3, 0);
    async_flush();
    return error;
}
