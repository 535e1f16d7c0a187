/* truth
 * title: Three servers each wait for the end of the one that they depend on, all the way around
 * class: deadlock-cycle
 * cause: cycle
 * thread main: victim, condition, stopped, untimed
 * thread cache: stuck, join, journal
 * thread journal: stuck, join, block
 * thread block: stuck, join, cache
 * release the end of a server: stop_server blocked
 * release stopped: stop_server blocked
 */
#include "protocol.h"

enum { SERVERS = 3 };

static struct server {
    const char *name;
    pthread_t thread;
    int depends_on;
} servers[SERVERS] = {{"cache", 0, 1}, {"journal", 0, 2}, {"block", 0, 0}};

static pthread_barrier_t all_started;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stopped = PTHREAD_COND_INITIALIZER;
static int running = SERVERS;

static void *stop_server(void *argument)
{
    struct server *server = argument;
    pthread_barrier_wait(&all_started);
    pthread_join(servers[server->depends_on].thread, NULL);
    pthread_mutex_lock(&lock);
    running--;
    pthread_cond_signal(&stopped);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_barrier_init(&all_started, NULL, SERVERS + 1);
    for (int index = 0; index < SERVERS; index++)
        servers[index].thread = start_thread(servers[index].name, stop_server, &servers[index]);
    pthread_barrier_wait(&all_started);
    announce_when_settled(SERVERS + 1, 0);
    pthread_mutex_lock(&lock);
    while (running > 0)
        pthread_cond_wait(&stopped, &lock);
    pthread_mutex_unlock(&lock);
    return 0;
}
