/* truth
 * title: A worker that failed kept its operation, so all who want one retry for ever while nothing waits on anything
 * class: livelock
 * cause: leaked
 * thread main: stuck, spin, pool.free, polling
 * thread worker: idle, condition, pool.queued, timed
 * release pool.free: finish_operation past
 * note: main yields between attempts and is mostly on a CPU; pool.free stays 0
 */
#include "protocol.h"
#include <sched.h>

enum { OPERATIONS = 2 };

struct operation {
    struct operation *next;
    int value;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t queued;
    struct operation *first;
    unsigned free, done, timeouts;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .queued = PTHREAD_COND_INITIALIZER, .free = OPERATIONS};

static int execute(const struct operation *operation)
{
    return operation->value < 0 ? EINVAL : 0;
}

static void finish_operation(struct operation *operation)
{
    pool.free++;
    pool.done++;
    free(operation);
}

static void *worker(void *argument)
{
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        struct operation *operation = pool.first;
        if (operation == NULL) {
            struct timespec until = milliseconds_from_now(500);
            if (pthread_cond_timedwait(&pool.queued, &pool.lock, &until) == ETIMEDOUT)
                pool.timeouts++;
            continue;
        }
        pool.first = operation->next;
        if (execute(operation) != 0)
            continue;
        finish_operation(operation);
    }
    return argument;
}

static int submit(int value)
{
    int error = EBUSY;
    pthread_mutex_lock(&pool.lock);
    if (pool.free > 0) {
        struct operation *operation = calloc(1, sizeof *operation);
        *operation = (struct operation){.next = pool.first, .value = value};
        pool.first = operation;
        pool.free--;
        pthread_cond_signal(&pool.queued);
        error = 0;
    }
    pthread_mutex_unlock(&pool.lock);
    return error;
}

int main(void)
{
    start_thread("worker", worker, NULL);
    announce_when_settled(2, 1);
    for (int value = 10; value >= -10; value--) {
        while (submit(value) == EBUSY)
            sched_yield();
    }
    return 0;
}
