/* truth
 * title: The opener polls a flag with short sleeps, but the loader returned early on a missing file and never sets it
 * class: dead-wait
 * cause: exits-on-error
 * thread main: stuck, sleep, catalog.loaded, polling
 * thread cache: idle, condition, cache.wanted, timed
 * release catalog.loaded: load_catalog exited
 */
#include "protocol.h"

static struct {
    bool loaded;
    unsigned tables;
} catalog;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    unsigned sweeps;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER, .wanted = PTHREAD_COND_INITIALIZER};

static void *load_catalog(void *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    for (int character; (character = fgetc(file)) != EOF;)
        catalog.tables += character == '\n';
    fclose(file);
    __atomic_store_n(&catalog.loaded, true, __ATOMIC_RELEASE);
    return NULL;
}

static void *cache_server(void *argument)
{
    pthread_mutex_lock(&cache.lock);
    for (;; cache.sweeps++) {
        struct timespec until = milliseconds_from_now(700);
        pthread_cond_timedwait(&cache.wanted, &cache.lock, &until);
    }
    return argument;
}

int main(void)
{
    char path[] = "/nonexistent/catalog";
    start_thread("cache", cache_server, NULL);
    start_thread("loader", load_catalog, path);
    announce_when_settled(2, 0);
    while (!__atomic_load_n(&catalog.loaded, __ATOMIC_ACQUIRE))
        usleep(20000);
    pthread_cond_signal(&cache.wanted);
    return 0;
}
