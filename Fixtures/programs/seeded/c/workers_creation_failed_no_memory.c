/* truth
 * title: No worker could be created within the address space, and the job that was queued for them is awaited
 * class: dead-wait
 * cause: creation-failed
 * thread main: stuck, condition, pool.job_done, untimed
 * release pool.job_done: run_jobs creation-failed
 * note: the program limits its own address space; pthread_create fails with EAGAIN
 */
#include "protocol.h"
#include <sys/resource.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t job_queued, job_done;
    unsigned queued, done, workers;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .job_queued = PTHREAD_COND_INITIALIZER,
          .job_done = PTHREAD_COND_INITIALIZER};

/* Lets the process grow by that many bytes and no more. */
static void limit_growth(size_t bytes)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%lu", &pages) != 1)
        exit(2);
    fclose(file);
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = pages * (size_t)sysconf(_SC_PAGESIZE) + bytes;
    setrlimit(RLIMIT_AS, &limit);
}

static void *run_jobs(void *argument)
{
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (pool.queued == 0)
            pthread_cond_wait(&pool.job_queued, &pool.lock);
        pool.queued--;
        pool.done++;
        pthread_cond_broadcast(&pool.job_done);
    }
    return argument;
}

static void start_workers(unsigned wanted)
{
    for (unsigned index = 0; index < wanted; index++) {
        pthread_attr_t attributes;
        pthread_t thread;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 32 << 20);
        int error = pthread_create(&thread, &attributes, run_jobs, NULL);
        pthread_attr_destroy(&attributes);
        if (error != 0)
            fprintf(stderr, "worker %u: %s\n", index, strerror(error));
        else
            pool.workers++;
    }
}

int main(void)
{
    limit_growth(8 << 20);
    start_workers(4);
    announce_when_settled(1, 0);
    pthread_mutex_lock(&pool.lock);
    pool.queued++;
    pthread_cond_signal(&pool.job_queued);
    while (pool.done == 0)
        pthread_cond_wait(&pool.job_done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    return 0;
}
