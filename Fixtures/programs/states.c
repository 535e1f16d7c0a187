/* states KIND: a process in a state that a capture must tell. Prints "child PID" where there is one, then "ready".
 *
 *   zombie        a child that has ended and is not waited for
 *   vfork         the thread "vforker" is in vfork(2), in uninterruptible sleep until its child ends (in an hour)
 *   leaderless    the first thread has ended; another one runs on
 *   undumpable    prctl(PR_SET_DUMPABLE, 0), as user nobody when started by root
 *   nobody        as user nobody when started by root
 *   exec N        replaces itself with itself every N microseconds
 *   exit N        ends N microseconds after "ready"
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *sleep_forever(void *name) {
    if (name) pthread_setname_np(pthread_self(), name);
    for (;;) sleep(3600);
    return NULL;
}

static void *vfork_forever(void *name) {
    pthread_setname_np(pthread_self(), name);
    pid_t child = vfork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, 9);
        for (;;) sleep(3600);
    }
    return NULL;
}

static void ready(void) {
    printf("ready %d\n", getpid());
    fflush(stdout);
}

static void become_nobody(void) {
    if (geteuid() == 0 && (setgid(65534) || setuid(65534))) exit(1);
}

int main(int count, char **arguments) {
    const char *kind = count > 1 ? arguments[1] : "";
    useconds_t time = count > 2 ? (useconds_t)atoi(arguments[2]) : 0;
    pthread_t thread;
    if (strcmp(kind, "zombie") == 0) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        siginfo_t information;
        waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT);
        printf("child %d\n", child);
    } else if (strcmp(kind, "vfork") == 0) {
        pthread_create(&thread, NULL, vfork_forever, "vforker");
        usleep(100000);
    } else if (strcmp(kind, "leaderless") == 0) {
        pthread_create(&thread, NULL, sleep_forever, "survivor");
        usleep(50000);
        ready();
        pthread_exit(NULL);
    } else if (strcmp(kind, "undumpable") == 0) {
        become_nobody();
        prctl(PR_SET_DUMPABLE, 0);
    } else if (strcmp(kind, "nobody") == 0) {
        become_nobody();
        /* Changing the user made us undumpable; a program started by that user would not be. */
        prctl(PR_SET_DUMPABLE, 1);
    } else if (strcmp(kind, "exec") == 0) {
        if (count < 4) ready();
        for (int i = 0; i < 4; i++) pthread_create(&thread, NULL, sleep_forever, NULL);
        usleep(time);
        execl("/proc/self/exe", arguments[0], kind, arguments[2], "again", NULL);
        return 1;
    } else if (strcmp(kind, "exit") == 0) {
        for (int i = 0; i < 8; i++) pthread_create(&thread, NULL, sleep_forever, NULL);
        ready();
        usleep(time);
        return 0;
    }
    ready();
    sleep_forever(NULL);
}
