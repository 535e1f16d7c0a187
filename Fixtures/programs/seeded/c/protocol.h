/* What the seeded programs share: their argument, threads with names, and the word `ready`.
 *
 * `ready` is printed by a process of its own, which watches the program from outside: no thread of the program has to
 * stay out of its wait to say that all are in theirs. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long the healthy state lasts, in seconds: the first argument, else 600. */
static inline unsigned healthy_seconds(int count, char **arguments)
{
    return count > 1 ? (unsigned)strtoul(arguments[1], NULL, 10) : 600;
}

static inline pthread_t start_thread(const char *name, void *(*body)(void *), void *argument)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, body, argument);
    if (error != 0) {
        fprintf(stderr, "cannot start %s: %s\n", name, strerror(error));
        exit(2);
    }
    pthread_setname_np(thread, name);
    return thread;
}

/* The point in time that many milliseconds from now, of the clock that conditions use. */
static inline struct timespec milliseconds_from_now(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += milliseconds % 1000 * 1000000;
    time.tv_sec += milliseconds / 1000 + time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* A child process that ends when the calling thread of its parent does (PR_SET_PDEATHSIG, prctl(2)). */
static inline pid_t fork_helper(void)
{
    pid_t child = fork();
    if (child == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return child;
}

/* The state letter in a task's stat (proc(5)): what follows the last ')'. '?' when it is gone. */
static inline char task_state(int process, const char *task)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/stat", process, task);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return '?';
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    text[size > 0 ? size : 0] = '\0';
    const char *end = strrchr(text, ')');
    return end != NULL && end[1] == ' ' ? end[2] : '?';
}

/* Whether the process has that many threads, all asleep but `runners` of them. -1 when it is gone. */
static inline int is_settled(int process, int threads, int runners)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return -1;
    int count = 0, awake = 0;
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        char state = task_state(process, entry->d_name);
        if (state == 'Z')
            count = -1000;
        count++;
        awake += state != 'S';
    }
    closedir(tasks);
    return count < 0 ? -1 : count == threads && awake <= runners;
}

/* Returns when the process has that many threads and all but the calling one were asleep in three looks. */
static inline void let_others_settle(int threads)
{
    for (int calm = 0; calm < 3; usleep(2000))
        calm = is_settled((int)getpid(), threads, 1) == 1 ? calm + 1 : 0;
}

/* Lets `ready` be printed as soon as the calling process has `threads` threads that all sleep, save at most `runners`
 * of them, in ten looks one after the other. To be called when nothing but that state is still to come. */
static inline void announce_when_settled(int threads, int runners)
{
    const int process = (int)getpid();
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        exit(2);
    }
    if (child > 0) {
        waitpid(child, NULL, 0);
        return;
    }
    if (fork() != 0)
        _exit(0);
    int calm = 0;
    for (int look = 0; calm < 10 && look < 12000; look++, usleep(5000)) {
        int settled = is_settled(process, threads, runners);
        if (settled < 0)
            _exit(0);
        calm = settled ? calm + 1 : 0;
    }
    if (calm == 10 && write(STDOUT_FILENO, "ready\n", 6) != 6)
        _exit(1);
    _exit(0);
}
