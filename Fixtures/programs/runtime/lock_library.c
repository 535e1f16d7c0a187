/* A library that locks for its caller, and of which nothing is on a stack or in a thread's start afterwards. */
#include <pthread.h>

static volatile int locked;

void library_lock(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
    locked = BUILD;
}
