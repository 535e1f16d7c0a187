/* truth
 * title: All tasks of a work-stealing pool but one are done, and that one takes long
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, pool.all_done, untimed
 * thread worker: outside, sleep
 * thread thief: idle, condition, pool.more_work, timed
 * release pool.all_done: worker alive
 */
#include "protocol.h"

enum { WORKERS = 2, ROOM = 4 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more_work, all_done;
    struct {
        unsigned tasks[ROOM], held;
    } deques[WORKERS];
    unsigned pending;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .more_work = PTHREAD_COND_INITIALIZER,
          .all_done = PTHREAD_COND_INITIALIZER};

static bool pop(unsigned owner, unsigned *task)
{
    if (pool.deques[owner].held == 0)
        return false;
    *task = pool.deques[owner].tasks[--pool.deques[owner].held];
    return true;
}

static void *worker(void *argument)
{
    unsigned own = (unsigned)(uintptr_t)argument, task;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (pop(own, &task) || pop((own + 1) % WORKERS, &task)) {
            pthread_mutex_unlock(&pool.lock);
            if (task > 0)
                sleep(task);
            pthread_mutex_lock(&pool.lock);
            if (--pool.pending == 0)
                pthread_cond_broadcast(&pool.all_done);
        }
        struct timespec until = milliseconds_from_now(100);
        pthread_cond_timedwait(&pool.more_work, &pool.lock, &until);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    pool.deques[0].tasks[pool.deques[0].held++] = healthy_seconds(count, arguments);
    pool.pending = 1;
    start_thread("worker", worker, (void *)0);
    let_others_settle(2);
    pthread_mutex_lock(&pool.lock);
    while (pool.deques[1].held < ROOM) {
        pool.deques[1].tasks[pool.deques[1].held++] = 0;
        pool.pending++;
    }
    pthread_mutex_unlock(&pool.lock);
    start_thread("thief", worker, (void *)1);
    announce_when_settled(WORKERS + 1, 0);
    pthread_mutex_lock(&pool.lock);
    while (pool.pending > 0)
        pthread_cond_wait(&pool.all_done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    return 0;
}
