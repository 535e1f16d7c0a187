/* truth
 * title: Shutdown joins the sweep server, which is in a slow pass, and a session waits for the lock of that pass
 * class: healthy
 * looks-like: deadlock-cycle
 * thread main: waiting, join, sweep
 * thread sweep: outside, sleep
 * thread session: waiting, mutex, handles.lock, untimed
 * release handles.lock: sweep_once alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    unsigned open, pass_seconds;
    bool closing, in_pass;
} handles = {.lock = PTHREAD_MUTEX_INITIALIZER, .open = 10};

static void sweep_once(void)
{
    pthread_mutex_lock(&handles.lock);
    __atomic_store_n(&handles.in_pass, true, __ATOMIC_RELEASE);
    sleep(handles.pass_seconds);
    if (handles.open > 0)
        handles.open--;
    pthread_mutex_unlock(&handles.lock);
}

static void *sweep_server(void *argument)
{
    do {
        sweep_once();
        usleep(1000);
    } while (!__atomic_load_n(&handles.closing, __ATOMIC_ACQUIRE));
    return argument;
}

static void *session(void *argument)
{
    pthread_mutex_lock(&handles.lock);
    handles.open++;
    pthread_mutex_unlock(&handles.lock);
    return argument;
}

int main(int count, char **arguments)
{
    handles.pass_seconds = healthy_seconds(count, arguments);
    pthread_t sweep = start_thread("sweep", sweep_server, NULL);
    while (!__atomic_load_n(&handles.in_pass, __ATOMIC_ACQUIRE))
        usleep(1000);
    start_thread("session", session, NULL);
    __atomic_store_n(&handles.closing, true, __ATOMIC_RELEASE);
    announce_when_settled(3, 0);
    pthread_join(sweep, NULL);
    return 0;
}
