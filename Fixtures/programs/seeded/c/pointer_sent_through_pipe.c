/* truth
 * title: The pointer to the waited object lies in a pipe, from which the signaller will read it
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, ticket->served, untimed
 * thread desk: outside, sleep
 * release ticket->served: serve alive
 * note: until the desk reads, only main's own stack holds the pointer
 */
#include "protocol.h"

struct ticket {
    pthread_mutex_t lock;
    pthread_cond_t served;
    bool is_served;
};

static int desk_ends[2];

static void serve(struct ticket *ticket)
{
    pthread_mutex_lock(&ticket->lock);
    ticket->is_served = true;
    pthread_cond_signal(&ticket->served);
    pthread_mutex_unlock(&ticket->lock);
}

static void *desk(void *seconds)
{
    sleep(*(unsigned *)seconds);
    for (struct ticket *ticket; read(desk_ends[0], &ticket, sizeof ticket) == (ssize_t)sizeof ticket;)
        serve(ticket);
    return NULL;
}

int main(int count, char **arguments)
{
    unsigned seconds = healthy_seconds(count, arguments);
    if (pipe(desk_ends) != 0)
        return 2;
    start_thread("desk", desk, &seconds);
    struct ticket *ticket = calloc(1, sizeof *ticket);
    pthread_mutex_init(&ticket->lock, NULL);
    pthread_cond_init(&ticket->served, NULL);
    if (write(desk_ends[1], &ticket, sizeof ticket) != (ssize_t)sizeof ticket)
        return 2;
    announce_when_settled(2, 0);
    pthread_mutex_lock(&ticket->lock);
    while (!ticket->is_served)
        pthread_cond_wait(&ticket->served, &ticket->lock);
    pthread_mutex_unlock(&ticket->lock);
    return 0;
}
