/* truth
 * title: A thread waits for a named semaphore that another process posts
 * class: healthy
 * looks-like: semaphore-starved
 * thread main: waiting, join, receiver
 * thread receiver: outside, semaphore, arrived, untimed
 * release arrived: send_message outside
 */
#include "protocol.h"
#include <semaphore.h>

static void *receive(void *arrived)
{
    while (sem_wait(arrived) != 0)
        continue;
    return NULL;
}

static void send_message(sem_t *arrived, unsigned seconds)
{
    sleep(seconds);
    sem_post(arrived);
}

int main(int count, char **arguments)
{
    char name[40];
    snprintf(name, sizeof name, "/mailbox-%d", (int)getpid());
    sem_t *arrived = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    if (arrived == SEM_FAILED)
        return 2;
    sem_unlink(name);
    pid_t child = fork_helper();
    if (child == 0) {
        send_message(arrived, healthy_seconds(count, arguments));
        _exit(0);
    }
    pthread_t receiver = start_thread("receiver", receive, arrived);
    announce_when_settled(2, 0);
    pthread_join(receiver, NULL);
    return child < 0 || waitpid(child, NULL, 0) != child;
}
