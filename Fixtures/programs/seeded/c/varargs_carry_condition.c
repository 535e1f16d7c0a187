/* truth
 * title: Condition, mutex and flag get to the signal through a list of variable arguments
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, job->done, untimed
 * thread runner: outside, sleep
 * release job->done: run_script alive
 */
#include "protocol.h"
#include <stdarg.h>

struct job {
    pthread_mutex_t lock;
    pthread_cond_t done;
    int result;
    unsigned delay;
};

/* s: sleep as many seconds; l, u: lock or unlock a mutex; w: wake a condition; =: set an int to another. */
static void run_script(const char *script, ...)
{
    va_list arguments;
    va_start(arguments, script);
    for (; *script != '\0'; script++) {
        switch (*script) {
        case 's':
            sleep(va_arg(arguments, unsigned));
            break;
        case 'l':
            pthread_mutex_lock(va_arg(arguments, pthread_mutex_t *));
            break;
        case 'u':
            pthread_mutex_unlock(va_arg(arguments, pthread_mutex_t *));
            break;
        case 'w':
            pthread_cond_broadcast(va_arg(arguments, pthread_cond_t *));
            break;
        case '=': {
            int *target = va_arg(arguments, int *);
            *target = va_arg(arguments, int);
            break;
        }
        }
    }
    va_end(arguments);
}

static void *runner(void *argument)
{
    struct job *job = argument;
    run_script("sl=wu", job->delay, &job->lock, &job->result, 7, &job->done, &job->lock);
    return NULL;
}

int main(int count, char **arguments)
{
    struct job *job = calloc(1, sizeof *job);
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->done, NULL);
    job->delay = healthy_seconds(count, arguments);
    start_thread("runner", runner, job);
    announce_when_settled(2, 0);
    pthread_mutex_lock(&job->lock);
    while (job->result == 0)
        pthread_cond_wait(&job->done, &job->lock);
    pthread_mutex_unlock(&job->lock);
    return job->result != 7;
}
