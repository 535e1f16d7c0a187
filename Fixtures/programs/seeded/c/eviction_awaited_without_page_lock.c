/* truth
 * title: A writer waits for the eviction to make room, having let go of the page lock that the eviction holds
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, cache.has_room, untimed
 * thread evict: outside, sleep
 * release cache.has_room: evict_pages alive
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t has_room, is_full;
    unsigned used, limit, disk_delay;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER,
           .has_room = PTHREAD_COND_INITIALIZER,
           .is_full = PTHREAD_COND_INITIALIZER,
           .limit = 8};

static pthread_mutex_t page_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned pages[64];

static void *evict_pages(void *argument)
{
    for (;;) {
        pthread_mutex_lock(&cache.lock);
        while (cache.used < cache.limit)
            pthread_cond_wait(&cache.is_full, &cache.lock);
        pthread_mutex_unlock(&cache.lock);
        pthread_mutex_lock(&page_lock);
        sleep(cache.disk_delay);
        memset(pages, 0, sizeof pages);
        pthread_mutex_unlock(&page_lock);
        pthread_mutex_lock(&cache.lock);
        cache.used = 0;
        pthread_cond_broadcast(&cache.has_room);
        pthread_mutex_unlock(&cache.lock);
    }
    return argument;
}

static void reserve(void)
{
    pthread_mutex_lock(&cache.lock);
    while (cache.used >= cache.limit) {
        pthread_cond_signal(&cache.is_full);
        pthread_cond_wait(&cache.has_room, &cache.lock);
    }
    cache.used++;
    pthread_mutex_unlock(&cache.lock);
}

static void write_page(unsigned number)
{
    reserve();
    pthread_mutex_lock(&page_lock);
    pages[number % 64]++;
    pthread_mutex_unlock(&page_lock);
}

int main(int count, char **arguments)
{
    cache.disk_delay = healthy_seconds(count, arguments);
    start_thread("evict", evict_pages, NULL);
    announce_when_settled(2, 0);
    for (unsigned number = 0; number < 9; number++)
        write_page(number);
    return 0;
}
