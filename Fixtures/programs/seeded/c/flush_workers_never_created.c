/* truth
 * title: The close after a failed open waits for a flush by workers that were never created
 * class: dead-wait
 * cause: never-created
 * thread main: stuck, condition, engine->async->flushed, timed
 * thread evict: idle, condition, engine->evict_wanted, timed
 * thread sweep: idle, condition, engine->sweep_wanted, timed
 * release engine->async->flushed: async_worker never-created
 * note: sweep signals evict_wanted, a condition of the same wrapper type, five times a second
 */
#include "protocol.h"

struct condvar {
    pthread_mutex_t lock;
    pthread_cond_t condition;
    bool signalled;
};

struct async {
    struct condvar *flushed, *work;
    void **queue;
    enum { FLUSH_NONE, FLUSH_WANTED, FLUSH_COMPLETE } flush_state;
};

struct engine {
    struct condvar *evict_wanted, *sweep_wanted;
    struct async *async;
    bool closing;
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
    int error = 0;
    while (!condvar->signalled && error == 0)
        error = pthread_cond_timedwait(&condvar->condition, &condvar->lock, &until);
    condvar->signalled = false;
    pthread_mutex_unlock(&condvar->lock);
}

static void condvar_signal(struct condvar *condvar)
{
    pthread_mutex_lock(&condvar->lock);
    condvar->signalled = true;
    pthread_cond_broadcast(&condvar->condition);
    pthread_mutex_unlock(&condvar->lock);
}

static void *evict_server(void *argument)
{
    for (struct engine *engine = argument; !engine->closing;)
        condvar_wait(engine->evict_wanted, 500);
    return NULL;
}

static void *sweep_server(void *argument)
{
    for (struct engine *engine = argument; !engine->closing;) {
        condvar_wait(engine->sweep_wanted, 200);
        condvar_signal(engine->evict_wanted);
    }
    return NULL;
}

static void *async_worker(void *argument)
{
    struct engine *engine = argument;
    while (!engine->closing) {
        condvar_wait(engine->async->work, 1000);
        if (engine->async->flush_state == FLUSH_WANTED) {
            engine->async->flush_state = FLUSH_COMPLETE;
            condvar_signal(engine->async->flushed);
        }
    }
    return NULL;
}

static int async_start(struct engine *engine, const char *queue_size)
{
    struct async *async = engine->async = calloc(1, sizeof *async);
    async->flushed = condvar_new();
    async->work = condvar_new();
    async->queue = calloc(strtoull(queue_size, NULL, 0), sizeof *async->queue);
    for (int worker = 0; async->queue != NULL && worker < 4; worker++)
        start_thread("async", async_worker, engine);
    return async->queue != NULL ? 0 : ENOMEM;
}

static void engine_close(struct engine *engine)
{
    struct async *async = engine->async;
    async->flush_state = FLUSH_WANTED;
    condvar_signal(async->work);
    while (async->flush_state != FLUSH_COMPLETE)
        condvar_wait(async->flushed, 100);
}

int main(void)
{
    struct engine *engine = calloc(1, sizeof *engine);
    engine->evict_wanted = condvar_new();
    engine->sweep_wanted = condvar_new();
    start_thread("evict", evict_server, engine);
    start_thread("sweep", sweep_server, engine);
    int error = async_start(engine, "0x1000000000000000");
    announce_when_settled(3, 0);
    engine_close(engine);
    return error;
}
