/* storm: two threads that make short-lived threads all the time, and send SIGUSR1 to the process, so that stops meet
 * signals on their way. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void count_signal(int signal) {
    (void)signal;
    signals++;
}

static void *live_shortly(void *argument) {
    (void)argument;
    usleep(300);
    return NULL;
}

static void *make_others(void *argument) {
    for (;;) {
        pthread_t threads[4];
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, live_shortly, argument);
        kill(getpid(), SIGUSR1);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    }
    return NULL;
}

int main(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    pthread_t thread;
    for (int i = 0; i < 2; i++) pthread_create(&thread, NULL, make_others, NULL);
    printf("ready %d\n", getpid());
    fflush(stdout);
    for (;;) pause();
}
