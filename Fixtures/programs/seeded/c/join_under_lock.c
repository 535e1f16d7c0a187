/* truth
 * title: Shutdown joins the sweep server while it holds the handle lock, which the server wants before it ends
 * class: deadlock-cycle
 * cause: cycle
 * thread main: stuck, join, sweep
 * thread sweep: stuck, mutex, handles.lock, untimed
 * thread session: victim, mutex, handles.lock, untimed
 * release handles.lock: shut_down blocked
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    unsigned open, swept;
    bool closing;
} handles = {.lock = PTHREAD_MUTEX_INITIALIZER, .open = 10};

static void sweep_once(void)
{
    pthread_mutex_lock(&handles.lock);
    if (handles.open > 0)
        handles.open--;
    handles.swept++;
    pthread_mutex_unlock(&handles.lock);
}

static void *sweep_server(void *argument)
{
    do {
        usleep(10000);
        sweep_once();
    } while (!__atomic_load_n(&handles.closing, __ATOMIC_ACQUIRE));
    sweep_once();
    return argument;
}

static void *session(void *argument)
{
    pthread_mutex_lock(&handles.lock);
    handles.open++;
    pthread_mutex_unlock(&handles.lock);
    return argument;
}

static void shut_down(pthread_t sweep)
{
    pthread_mutex_lock(&handles.lock);
    __atomic_store_n(&handles.closing, true, __ATOMIC_RELEASE);
    start_thread("session", session, NULL);
    pthread_join(sweep, NULL);
    handles.open = 0;
    pthread_mutex_unlock(&handles.lock);
}

int main(void)
{
    pthread_t sweep = start_thread("sweep", sweep_server, NULL);
    announce_when_settled(3, 0);
    shut_down(sweep);
    return 0;
}
