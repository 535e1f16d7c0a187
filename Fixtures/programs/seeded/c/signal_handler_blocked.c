/* truth
 * title: The signal whose handler would post the semaphore is blocked in every thread
 * class: semaphore-starved
 * cause: blocked
 * thread main: victim, join, checkpoint
 * thread checkpoint: stuck, semaphore, tick, untimed
 * release tick: on_alarm blocked
 * note: SIGALRM comes after a second and stays pending; the mask was set before the threads were made
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

int main(void)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sem_init(&tick, 0, 0);
    sigaction(SIGALRM, &action, NULL);
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_t thread = start_thread("checkpoint", checkpoint, NULL);
    alarm(1);
    announce_when_settled(2, 0);
    pthread_join(thread, NULL);
    return 0;
}
