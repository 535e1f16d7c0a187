/* truth
 * title: A thief whose own deque is full drops the task that it stole, so the count of pending tasks never gets to zero
 * class: dead-wait
 * cause: past
 * thread main: stuck, condition, pool.all_done, untimed
 * thread worker x2: idle, condition, pool.more_work, timed
 * release pool.all_done: worker past
 * note: the workers look for tasks ten times a second and find none; pool.pending stays 1
 */
#include "protocol.h"

enum { WORKERS = 2, ROOM = 4 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more_work, all_done;
    struct {
        int tasks[ROOM];
        unsigned held;
    } deques[WORKERS];
    unsigned pending;
    long sum;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .more_work = PTHREAD_COND_INITIALIZER,
          .all_done = PTHREAD_COND_INITIALIZER};

static bool push(int owner, int task)
{
    if (pool.deques[owner].held == ROOM)
        return false;
    pool.deques[owner].tasks[pool.deques[owner].held++] = task;
    return true;
}

static bool pop(int owner, int *task)
{
    if (pool.deques[owner].held == 0)
        return false;
    *task = pool.deques[owner].tasks[--pool.deques[owner].held];
    return true;
}

/* Levels the deques out: takes one task over whenever it looks for work. */
static void steal(int thief)
{
    int task;
    if (pop((thief + 1) % WORKERS, &task))
        push(thief, task);
}

static void *worker(void *argument)
{
    int own = (int)(intptr_t)argument, task;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        steal(own);
        while (pop(own, &task)) {
            pool.sum += task;
            if (--pool.pending == 0)
                pthread_cond_broadcast(&pool.all_done);
        }
        struct timespec until = milliseconds_from_now(100);
        pthread_cond_timedwait(&pool.more_work, &pool.lock, &until);
    }
    return NULL;
}

int main(void)
{
    for (int task = 1; task <= WORKERS * ROOM; task++) {
        push(task % WORKERS, task);
        pool.pending++;
    }
    for (intptr_t index = 0; index < WORKERS; index++)
        start_thread("worker", worker, (void *)index);
    announce_when_settled(WORKERS + 1, 0);
    pthread_mutex_lock(&pool.lock);
    while (pool.pending > 0)
        pthread_cond_wait(&pool.all_done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    return 0;
}
