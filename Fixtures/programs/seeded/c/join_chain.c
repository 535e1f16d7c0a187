/* truth
 * title: Three servers each wait for the end of the one that they depend on, and the last one takes its time
 * class: healthy
 * looks-like: deadlock-cycle
 * thread main: waiting, condition, stopped, untimed
 * thread cache: waiting, join, journal
 * thread journal: waiting, join, block
 * thread block: outside, sleep
 * release the end of a server: stop_server alive
 * release stopped: stop_server alive
 */
#include "protocol.h"

enum { SERVERS = 3 };

static struct server {
    const char *name;
    pthread_t thread;
    int depends_on;
} servers[SERVERS] = {{"cache", 0, 1}, {"journal", 0, 2}, {"block", 0, -1}};

static pthread_barrier_t all_started;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stopped = PTHREAD_COND_INITIALIZER;
static int running = SERVERS;
static unsigned drain_seconds;

static void *stop_server(void *argument)
{
    struct server *server = argument;
    pthread_barrier_wait(&all_started);
    if (server->depends_on < 0)
        sleep(drain_seconds);
    else
        pthread_join(servers[server->depends_on].thread, NULL);
    pthread_mutex_lock(&lock);
    running--;
    pthread_cond_signal(&stopped);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(int count, char **arguments)
{
    drain_seconds = healthy_seconds(count, arguments);
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
