/* truth
 * title: A worker waits for a semaphore that only the handler of SIGALRM posts
 * class: healthy
 * looks-like: semaphore-starved
 * thread main: waiting, join, checkpoint
 * thread checkpoint: outside, semaphore, tick, untimed
 * release tick: on_alarm outside
 */
#include "protocol.h"
#include <semaphore.h>

static sem_t tick;
static unsigned checkpoints;

static void on_alarm(int number)
{
    (void)number;
    int error = errno;
    sem_post(&tick);
    errno = error;
}

static void *checkpoint(void *argument)
{
    while (sem_wait(&tick) != 0)
        continue;
    checkpoints++;
    return argument;
}

int main(int count, char **arguments)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sem_init(&tick, 0, 0);
    sigaction(SIGALRM, &action, NULL);
    pthread_t thread = start_thread("checkpoint", checkpoint, NULL);
    announce_when_settled(2, 0);
    alarm(healthy_seconds(count, arguments));
    pthread_join(thread, NULL);
    return 0;
}
