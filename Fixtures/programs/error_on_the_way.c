/* error_on_the_way: main waits for good for a mutex that it holds, in a function that was called because of an error.
 *
 * open_engine has ENOMEM in `ret` and 0 in `other_ret`; drain was handed an error of the engine's own, -31802, in `err`,
 * and 5 in `count`. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Nothing is known of what these are. */
static void *(*volatile allocate)(size_t) = malloc;
static volatile int shortage = ENOMEM;

__attribute__((noinline)) static int drain(int err, int count)
{
    pthread_mutex_lock(&lock);
    return err + count;
}

__attribute__((noinline)) static int open_engine(size_t size, int other_ret)
{
    int ret = 0;
    pthread_mutex_lock(&lock);
    void *memory = allocate(size);
    if (memory == NULL)
        ret = shortage;
    int drained = drain(-31802, 5);
    free(memory);
    return ret + drained + other_ret;
}

int main(int count, char **arguments)
{
    (void)arguments;
    puts("ready");
    fflush(stdout);
    return open_engine((size_t)count << 60, count - 1);
}
