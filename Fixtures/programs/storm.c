/* storm: two threads that make short-lived threads all the time, each of which sends itself SIGUSR1, so that stops meet
 * signals on their way. Prints "lost" when a signal did not come. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static __thread volatile sig_atomic_t signals;

static void count_signal(int signal) {
    (void)signal;
    signals++;
}

static void *live_shortly(void *argument) {
    for (int i = 1; i <= 20; i++) {
        /* raise(3) returns after the handler. */
        raise(SIGUSR1);
        if (signals != i) {
            signals = i;
            puts("lost");
            fflush(stdout);
        }
    }
    usleep(300);
    return argument;
}

static void *make_others(void *argument) {
    for (;;) {
        pthread_t threads[4];
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, live_shortly, argument);
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
    /* Who started us may have blocked it. */
    sigset_t signal;
    sigemptyset(&signal);
    sigaddset(&signal, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &signal, NULL);
    pthread_t thread;
    for (int i = 0; i < 2; i++) pthread_create(&thread, NULL, make_others, NULL);
    printf("ready %d\n", getpid());
    fflush(stdout);
    for (;;) pause();
}
