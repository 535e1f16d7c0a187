/* The pause meter: a thread that notes the biggest gap between two of its own clock reads in a shared file.
 *
 * The file is one struct tick_page. A reader maps it, writes 0 to max_gap_ns, runs what it measures and reads the
 * field again: the result is the longest time for which this thread was kept from running, its sleep of 100 us and
 * the scheduler's noise included. */
#pragma once
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct tick_page {
    volatile uint64_t max_gap_ns;
    volatile uint64_t ticks;
};

static inline uint64_t tick_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *tick_main(void *argument)
{
    struct tick_page *page = argument;
    const struct timespec pause = {.tv_nsec = 100000};
    uint64_t last = tick_now();
    for (;;) {
        nanosleep(&pause, NULL);
        uint64_t now = tick_now();
        if (now - last > page->max_gap_ns)
            page->max_gap_ns = now - last;
        page->ticks++;
        last = now;
    }
    return NULL;
}

/* Starts the thread. Returns 0, or -1 when the file could not be made. */
static inline int tick_start(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT, 0644);
    if (fd < 0 || ftruncate(fd, 4096) != 0)
        return -1;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page == MAP_FAILED)
        return -1;
    pthread_t thread;
    return pthread_create(&thread, NULL, tick_main, page) == 0 ? 0 : -1;
}
