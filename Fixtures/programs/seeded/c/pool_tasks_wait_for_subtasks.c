/* truth
 * title: Both workers of a pool, and the one who feeds it, wait for subtasks that no worker is free to run
 * class: pool-starved
 * cause: blocked
 * thread main: victim, condition, task->finished, untimed
 * thread pool x2: stuck, condition, task->finished, untimed
 * release task->finished: run_task blocked
 */
#include "protocol.h"

struct task {
    struct task *next;
    void (*body)(struct task *task);
    pthread_cond_t finished;
    bool done;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct task *first, **last;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER, .last = &pool.first};

static void submit(struct task *task)
{
    pthread_cond_init(&task->finished, NULL);
    task->next = NULL;
    pthread_mutex_lock(&pool.lock);
    *pool.last = task;
    pool.last = &task->next;
    pthread_cond_signal(&pool.filled);
    pthread_mutex_unlock(&pool.lock);
}

static void await(struct task *task)
{
    pthread_mutex_lock(&pool.lock);
    while (!task->done)
        pthread_cond_wait(&task->finished, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

static void run_task(struct task *task)
{
    task->body(task);
    pthread_mutex_lock(&pool.lock);
    task->done = true;
    pthread_cond_broadcast(&task->finished);
    pthread_mutex_unlock(&pool.lock);
}

static void *worker(void *argument)
{
    for (;;) {
        pthread_mutex_lock(&pool.lock);
        while (pool.first == NULL)
            pthread_cond_wait(&pool.filled, &pool.lock);
        struct task *task = pool.first;
        pool.first = task->next;
        if (pool.first == NULL)
            pool.last = &pool.first;
        pthread_mutex_unlock(&pool.lock);
        run_task(task);
    }
    return argument;
}

static void hash_block(struct task *task)
{
    (void)task;
}

static void hash_file(struct task *task)
{
    (void)task;
    struct task block = {.body = hash_block};
    submit(&block);
    await(&block);
}

int main(void)
{
    struct task files[2] = {{.body = hash_file}, {.body = hash_file}};
    submit(&files[0]);
    submit(&files[1]);
    for (int index = 0; index < 2; index++)
        start_thread("pool", worker, NULL);
    announce_when_settled(3, 0);
    await(&files[0]);
    await(&files[1]);
    return 0;
}
