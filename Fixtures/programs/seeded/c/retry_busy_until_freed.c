/* truth
 * title: A caller retries while all operations are in use, and the slow one will be given back
 * class: healthy
 * looks-like: livelock
 * thread main: waiting, sleep, pool.free, polling
 * thread worker: outside, sleep
 * release pool.free: finish_operation alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    unsigned free, done, delay;
    bool taken;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .free = 1};

static int begin_operation(void)
{
    int error = EBUSY;
    pthread_mutex_lock(&pool.lock);
    if (pool.free > 0) {
        pool.free--;
        error = 0;
    }
    pthread_mutex_unlock(&pool.lock);
    return error;
}

static void finish_operation(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.free++;
    pool.done++;
    pthread_mutex_unlock(&pool.lock);
}

static void *worker(void *argument)
{
    if (begin_operation() != 0)
        return NULL;
    __atomic_store_n(&pool.taken, true, __ATOMIC_RELEASE);
    sleep(pool.delay);
    finish_operation();
    return argument;
}

int main(int count, char **arguments)
{
    pool.delay = healthy_seconds(count, arguments);
    start_thread("worker", worker, NULL);
    while (!__atomic_load_n(&pool.taken, __ATOMIC_ACQUIRE))
        usleep(1000);
    announce_when_settled(2, 1);
    while (begin_operation() == EBUSY)
        usleep(5000);
    finish_operation();
    return 0;
}
