/* parked N: N threads blocked in pthread_cond_wait, each under parked_work; then prints "ready" and waits for a signal.
 * With "crash" as the second argument main writes to address 16: when SIGUSR1 comes, or at once with "now" as the third. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int parked, go;

__attribute__((noinline)) static void parked_work(int depth) {
    if (depth > 0) {
        parked_work(depth - 1);
        __asm__ volatile("" ::: "memory");
        return;
    }
    pthread_mutex_lock(&lock);
    parked++;
    while (!go) pthread_cond_wait(&never, &lock);
    pthread_mutex_unlock(&lock);
}

static void *parked_main(void *argument) {
    (void)argument;
    parked_work(10);
    return NULL;
}

static volatile sig_atomic_t crash;
static void on_usr1(int signal) {
    (void)signal;
    crash = 1;
}

int main(int count, char **arguments) {
    int threads = count > 1 ? atoi(arguments[1]) : 1;
    /* A test starts programs from a worker thread of Dispatch, which has most signals blocked, and that is inherited. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct sigaction action = {.sa_handler = on_usr1};
    sigaction(SIGUSR1, &action, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 << 10);
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, parked_main, NULL) != 0) return 1;
    }
    for (int seen = 0; seen < threads;) {
        pthread_mutex_lock(&lock);
        seen = parked;
        pthread_mutex_unlock(&lock);
        usleep(1000);
    }
    puts("ready");
    fflush(stdout);
    if (count > 3 && strcmp(arguments[3], "now") == 0) crash = 1;
    while (!crash) pause();
    if (count > 2 && strcmp(arguments[2], "crash") == 0) *(volatile int *)0x10 = 1;
    return 0;
}
