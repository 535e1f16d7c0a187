/* truth
 * title: The loader sets its flag and signals without the mutex, between the check and the wait of the one who needs it
 * class: lost-wakeup
 * cause: signalled-before
 * thread main: stuck, condition, catalog.loaded, untimed
 * release catalog.loaded: load_catalog exited
 * note: catalog.is_loaded is already true; the signal met no waiter
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    bool is_loaded;
    pthread_t loader;
} catalog = {.lock = PTHREAD_MUTEX_INITIALIZER, .loaded = PTHREAD_COND_INITIALIZER};

static void *load_catalog(void *argument)
{
    usleep(1000);
    __atomic_store_n(&catalog.is_loaded, true, __ATOMIC_RELEASE);
    pthread_cond_signal(&catalog.loaded);
    return argument;
}

/* Most catalogs are small: gives the loader a moment before the caller goes to sleep. */
static void give_loader_a_moment(void)
{
    struct timespec until = milliseconds_from_now(3000);
    pthread_timedjoin_np(catalog.loader, NULL, &until);
}

static void open_catalog(void)
{
    pthread_mutex_lock(&catalog.lock);
    if (!__atomic_load_n(&catalog.is_loaded, __ATOMIC_ACQUIRE)) {
        catalog.loader = start_thread("loader", load_catalog, NULL);
        give_loader_a_moment();
        pthread_cond_wait(&catalog.loaded, &catalog.lock);
    }
    pthread_mutex_unlock(&catalog.lock);
}

int main(void)
{
    announce_when_settled(1, 0);
    open_catalog();
    return 0;
}
