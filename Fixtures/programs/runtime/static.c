/* A program to be linked statically: a thread waits, main asks for a dump, looks for the beacon as a reader without
 * symbols would, and ends in good order. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, over;

__attribute__((noinline)) static void wait_for_work(void) {
    pthread_mutex_lock(&lock);
    waiting = 1;
    while (!over) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void *worker(void *argument) {
    pthread_setname_np(pthread_self(), "waiter");
    wait_for_work();
    return argument;
}

/// The words of the registry's format: 16 bytes of magic, version and size, address, bytes, pid.
static void look_for_beacon(void) {
    extern char __data_start[], _end[];
    for (const char *at = __data_start; at + 48 <= _end; at += 8) {
        uint64_t address;
        uint32_t pid;
        memcpy(&address, at + 24, sizeof address);
        memcpy(&pid, at + 40, sizeof pid);
        if (memcmp(at, "DEADWAIT-BEACON", 16) != 0 || address == 0) continue;
        const char *registry = (const char *)(uintptr_t)address;
        int is_registry = memcmp(registry, "DEADWAIT-REGIST", 16) == 0;
        printf("beacon found, %s\n", is_registry && pid == (uint32_t)getpid() ? "registry of this process" : "wrong");
    }
}

int main(void) {
    pthread_t thread;
    void *result = 0;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    if (pthread_create(&thread, 0, worker, &lock) != 0) return 1;
    for (int seen = 0; !seen; usleep(1000)) {
        pthread_mutex_lock(&lock);
        seen = waiting;
        pthread_mutex_unlock(&lock);
    }
    puts("ready");
    raise(SIGQUIT);
    look_for_beacon();
    errno = 0;
    long failed = syscall(SYS_close, -1);
    printf("syscall %ld %d\n", failed, errno);
    pthread_mutex_lock(&lock);
    over = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    if (pthread_join(thread, &result) != 0 || result != &lock) return 1;
    puts("done");
    return 0;
}
