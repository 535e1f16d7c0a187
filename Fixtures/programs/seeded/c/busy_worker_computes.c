/* truth
 * title: A checksum over much data keeps a worker on its CPU while the caller waits for the result
 * class: healthy
 * looks-like: busy-loop
 * thread main: waiting, condition, job.done, untimed
 * thread checksum: running, running
 * release job.done: compute alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
    unsigned seconds;
    unsigned long sum;
} job = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static unsigned long sum_block(unsigned long sum)
{
    for (unsigned round = 0; round < 100000; round++)
        sum = (sum ^ round) * 1099511628211ul;
    return sum;
}

static void *compute(void *argument)
{
    time_t end = time(NULL) + job.seconds + 1;
    unsigned long sum = 14695981039346656037ul;
    while (time(NULL) < end)
        sum = sum_block(sum);
    pthread_mutex_lock(&job.lock);
    job.sum = sum;
    job.is_done = true;
    pthread_cond_signal(&job.done);
    pthread_mutex_unlock(&job.lock);
    return argument;
}

int main(int count, char **arguments)
{
    job.seconds = healthy_seconds(count, arguments);
    start_thread("checksum", compute, NULL);
    announce_when_settled(2, 1);
    pthread_mutex_lock(&job.lock);
    while (!job.is_done)
        pthread_cond_wait(&job.done, &job.lock);
    pthread_mutex_unlock(&job.lock);
    return 0;
}
