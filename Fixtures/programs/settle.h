/* Waits until the other threads of the process have come to rest. */
#pragma once
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The state letter of /proc/self/task/TID/stat, '?' when the thread is gone. */
static inline char settle_state(const char *tid)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return '?';
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return '?';
    text[size] = '\0';
    const char *end = strrchr(text, ')');
    return end != NULL && end[1] == ' ' ? end[2] : '?';
}

/* How many threads other than the calling one, the main thread, do not sleep. */
static inline int settle_awake(void)
{
    char self[24];
    snprintf(self, sizeof self, "%d", (int)getpid());
    DIR *tasks = opendir("/proc/self/task");
    int awake = 0;
    for (struct dirent *entry; tasks != NULL && (entry = readdir(tasks)) != NULL;)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, self) != 0 && settle_state(entry->d_name) != 'S')
            awake++;
    if (tasks != NULL)
        closedir(tasks);
    return awake;
}

/* Returns when all threads but `runners` were asleep in 20 looks one after the other, 5 ms apart. */
static inline void settle(int runners)
{
    for (int calm = 0; calm < 20; usleep(5000))
        calm = settle_awake() <= runners ? calm + 1 : 0;
}

static inline void say_ready(void)
{
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
}
