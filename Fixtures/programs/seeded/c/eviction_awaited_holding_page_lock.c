/* truth
 * title: A writer waits for the eviction to make room while it holds the page lock that the eviction needs
 * class: dead-wait
 * cause: blocked
 * thread main: stuck, condition, cache.has_room, untimed
 * thread evict: stuck, mutex, page_lock, untimed
 * release cache.has_room: evict_pages blocked
 * release page_lock: write_page blocked
 */
#include "protocol.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t has_room, is_full;
    unsigned used, limit;
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
    pthread_mutex_lock(&page_lock);
    reserve();
    pages[number % 64]++;
    pthread_mutex_unlock(&page_lock);
}

int main(void)
{
    start_thread("evict", evict_pages, NULL);
    announce_when_settled(2, 0);
    for (unsigned number = 0; number < 9; number++)
        write_page(number);
    return 0;
}
