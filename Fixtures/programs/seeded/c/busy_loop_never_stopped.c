/* truth
 * title: A sampler runs around its loop until a flag is set that the shutdown forgets to set
 * class: busy-loop
 * cause: nobody
 * thread main: victim, join, sampler
 * thread sampler: stuck, spin, sampler.stopping, polling
 * release sampler.stopping: stop_sampler past
 * note: stop_sampler is only called when samples have been lost
 */
#include "protocol.h"

static struct {
    bool stopping;
    unsigned long samples, lost, last;
} sampler;

static void *sample(void *argument)
{
    while (!__atomic_load_n(&sampler.stopping, __ATOMIC_RELAXED)) {
        sampler.samples++;
        sampler.last = sampler.samples * 2654435761ul;
    }
    return argument;
}

static void stop_sampler(void)
{
    __atomic_store_n(&sampler.stopping, true, __ATOMIC_RELAXED);
}

static void shut_down(pthread_t thread)
{
    if (__atomic_load_n(&sampler.lost, __ATOMIC_RELAXED) > 0)
        stop_sampler();
    announce_when_settled(2, 1);
    pthread_join(thread, NULL);
}

int main(void)
{
    shut_down(start_thread("sampler", sample, NULL));
    return 0;
}
