/* truth
 * title: A pool task waits for its subtask, which another worker of the pool is running
 * class: healthy
 * looks-like: pool-starved
 * thread main: waiting, condition, task->finished, untimed
 * thread pool: waiting, condition, task->finished, untimed
 * thread pool-2: outside, sleep
 * release task->finished: run_task alive
 */
#include "protocol.h"

struct task {
    struct task *next;
    void (*body)(struct task *task);
    pthread_cond_t finished;
    bool done;
    unsigned delay;
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
    sleep(task->delay);
}

static void hash_file(struct task *task)
{
    struct task block = {.body = hash_block, .delay = task->delay};
    submit(&block);
    await(&block);
}

int main(int count, char **arguments)
{
    struct task file = {.body = hash_file, .delay = healthy_seconds(count, arguments)};
    submit(&file);
    start_thread("pool", worker, NULL);
    let_others_settle(2);
    start_thread("pool-2", worker, NULL);
    announce_when_settled(3, 0);
    await(&file);
    return 0;
}
