/* recursion DEPTH: one thread that waits under DEPTH calls of one function. */
#include "settle.h"
#include <pthread.h>
#include <stdint.h>

static pthread_mutex_t never_free = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static long descend(long depth)
{
    if (depth == 0)
        pthread_mutex_lock(&never_free);
    volatile long below = depth == 0 ? 0 : descend(depth - 1);
    return below + 1;
}

static void *thread_main(void *argument) { return (void *)descend((long)(intptr_t)argument); }

int main(int count, char **arguments)
{
    long depth = count > 1 ? atol(arguments[1]) : 1000;
    pthread_mutex_lock(&never_free);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)depth * 128 + (1 << 20));
    pthread_t thread;
    if (pthread_create(&thread, &attributes, thread_main, (void *)(intptr_t)depth) != 0)
        return 1;
    settle(0);
    say_ready();
    for (;;)
        pause();
}
