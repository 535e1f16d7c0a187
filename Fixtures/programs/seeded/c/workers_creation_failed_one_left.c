/* truth
 * title: Of four workers only the first could be created, and it works through the queue alone
 * class: healthy
 * looks-like: quorum-short
 * thread main: waiting, condition, pool.all_done, untimed
 * thread worker: outside, sleep
 * release pool.all_done: run_jobs alive, run_jobs creation-failed
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t queued_one, all_done;
    unsigned queued, done, expected, seconds;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .queued_one = PTHREAD_COND_INITIALIZER,
          .all_done = PTHREAD_COND_INITIALIZER};

static void *run_jobs(void *argument)
{
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (pool.queued == 0)
            pthread_cond_wait(&pool.queued_one, &pool.lock);
        pool.queued--;
        pthread_mutex_unlock(&pool.lock);
        if (pool.seconds > 0)
            sleep(pool.seconds);
        pthread_mutex_lock(&pool.lock);
        pool.seconds = 0;
        if (++pool.done == pool.expected)
            pthread_cond_broadcast(&pool.all_done);
    }
    return argument;
}

static int create_worker(size_t stack_size)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_size);
    int error = pthread_create(&thread, &attributes, run_jobs, NULL);
    pthread_attr_destroy(&attributes);
    if (error == 0)
        pthread_setname_np(thread, "worker");
    return error;
}

int main(int count, char **arguments)
{
    static const char *stack_sizes[] = {"262144", "281474976710656", "281474976710656", "281474976710656"};
    pool.seconds = healthy_seconds(count, arguments);
    for (int index = 0; index < 4; index++) {
        int error = create_worker(strtoul(stack_sizes[index], NULL, 10));
        if (error != 0)
            fprintf(stderr, "worker %d: %s\n", index, strerror(error));
    }
    announce_when_settled(2, 0);
    pthread_mutex_lock(&pool.lock);
    pool.queued = pool.expected = 8;
    pthread_cond_broadcast(&pool.queued_one);
    while (pool.done < pool.expected)
        pthread_cond_wait(&pool.all_done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    return 0;
}
