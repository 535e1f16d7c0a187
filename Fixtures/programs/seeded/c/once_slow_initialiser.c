/* truth
 * title: Two threads need the log, and wait for the one whose initialiser connects to a slow server
 * class: healthy
 * looks-like: self-deadlock
 * thread main: waiting, once, log_once, untimed
 * thread opener: outside, sleep
 * thread checkpoint: waiting, once, log_once, untimed
 * release log_once: log_initialise alive
 */
#include "protocol.h"

static pthread_once_t log_once = PTHREAD_ONCE_INIT;
static unsigned connect_seconds, lines;

static void connect_to_server(void)
{
    sleep(connect_seconds);
}

static void log_initialise(void)
{
    connect_to_server();
}

static void log_write(void)
{
    pthread_once(&log_once, log_initialise);
    __atomic_add_fetch(&lines, 1, __ATOMIC_RELAXED);
}

static void *open_store(void *argument)
{
    log_write();
    return argument;
}

int main(int count, char **arguments)
{
    connect_seconds = healthy_seconds(count, arguments);
    start_thread("opener", open_store, NULL);
    let_others_settle(2);
    start_thread("checkpoint", open_store, NULL);
    announce_when_settled(3, 0);
    log_write();
    return 0;
}
