/* truth
 * title: A signal without the mutex may be lost, but the one who needs it checks the flag again at each timeout
 * class: healthy
 * looks-like: lost-wakeup
 * thread main: waiting, condition, catalog.loaded, timed
 * thread loader: outside, sleep
 * release catalog.loaded: load_catalog alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    bool is_loaded;
} catalog = {.lock = PTHREAD_MUTEX_INITIALIZER, .loaded = PTHREAD_COND_INITIALIZER};

static void *load_catalog(void *seconds)
{
    sleep(*(unsigned *)seconds);
    __atomic_store_n(&catalog.is_loaded, true, __ATOMIC_RELEASE);
    pthread_cond_signal(&catalog.loaded);
    return NULL;
}

static void open_catalog(void)
{
    pthread_mutex_lock(&catalog.lock);
    while (!__atomic_load_n(&catalog.is_loaded, __ATOMIC_ACQUIRE)) {
        struct timespec until = milliseconds_from_now(400);
        pthread_cond_timedwait(&catalog.loaded, &catalog.lock, &until);
    }
    pthread_mutex_unlock(&catalog.lock);
}

int main(int count, char **arguments)
{
    unsigned seconds = healthy_seconds(count, arguments);
    start_thread("loader", load_catalog, &seconds);
    announce_when_settled(2, 0);
    open_catalog();
    return 0;
}
