/* truth
 * title: A flush waits for a worker that is in the application's slow callback
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, async->flushed, timed
 * thread async-0: outside, sleep
 * thread async-1: waiting, condition, async->flushed, timed
 * release async->flushed: async_worker alive
 */
#include "protocol.h"

enum { WORKERS = 2 };

struct condvar {
    pthread_mutex_t lock;
    pthread_cond_t condition;
};

struct operation {
    void (*callback)(struct operation *operation);
    unsigned delay;
};

struct async {
    struct condvar *flushed, *work;
    struct operation *next;
    bool flush_wanted, flush_complete;
    unsigned flushing;
};

static struct condvar *condvar_new(void)
{
    struct condvar *made = calloc(1, sizeof *made);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->condition, NULL);
    return made;
}

static void condvar_wait(struct condvar *condvar, long milliseconds)
{
    struct timespec until = milliseconds_from_now(milliseconds);
    pthread_mutex_lock(&condvar->lock);
    pthread_cond_timedwait(&condvar->condition, &condvar->lock, &until);
    pthread_mutex_unlock(&condvar->lock);
}

static void condvar_signal(struct condvar *condvar)
{
    pthread_mutex_lock(&condvar->lock);
    pthread_cond_broadcast(&condvar->condition);
    pthread_mutex_unlock(&condvar->lock);
}

static bool flush_is_complete(struct async *async)
{
    return __atomic_load_n(&async->flush_complete, __ATOMIC_ACQUIRE);
}

static void await_flush(struct async *async)
{
    while (!flush_is_complete(async))
        condvar_wait(async->flushed, 100);
}

static struct operation *next_operation(struct async *async)
{
    pthread_mutex_lock(&async->work->lock);
    struct operation *operation = async->next;
    async->next = NULL;
    pthread_mutex_unlock(&async->work->lock);
    return operation;
}

static bool has_operations(struct async *async)
{
    return __atomic_load_n(&async->next, __ATOMIC_ACQUIRE) != NULL;
}

static void *async_worker(void *argument)
{
    for (struct async *async = argument;;) {
        struct operation *operation = next_operation(async);
        if (operation != NULL) {
            operation->callback(operation);
        } else if (__atomic_load_n(&async->flush_wanted, __ATOMIC_ACQUIRE) && !flush_is_complete(async)) {
            if (__atomic_add_fetch(&async->flushing, 1, __ATOMIC_ACQ_REL) == WORKERS) {
                __atomic_store_n(&async->flush_complete, true, __ATOMIC_RELEASE);
                condvar_signal(async->flushed);
            }
            await_flush(async);
        } else {
            condvar_wait(async->work, 100);
        }
    }
    return NULL;
}

static void fetch_blob(struct operation *operation)
{
    sleep(operation->delay);
}

int main(int count, char **arguments)
{
    struct async *async = calloc(1, sizeof *async);
    async->flushed = condvar_new();
    async->work = condvar_new();
    struct operation fetch = {.callback = fetch_blob, .delay = healthy_seconds(count, arguments)};
    async->next = &fetch;
    start_thread("async-0", async_worker, async);
    while (has_operations(async))
        usleep(1000);
    start_thread("async-1", async_worker, async);
    __atomic_store_n(&async->flush_wanted, true, __ATOMIC_RELEASE);
    announce_when_settled(3, 0);
    await_flush(async);
    return 0;
}
