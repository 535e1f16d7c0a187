/* Signal handlers that post, lock and wait; jumps out of them; waits that they interrupt; stacks that overflow. */
#include "scenario.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int handled;
static bool flag;

static void handle(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    equal(sigaction(number, &action, NULL), 0);
}

static void count(int number) {
    (void)number;
    atomic_fetch_add(&handled, 1);
}

static void post(int number) {
    (void)number;
    atomic_fetch_add(&handled, 1);
    sem_post(&semaphore);
}

static void *wait_semaphore(void *argument) {
    (void)argument;
    errno = 0;
    int result = sem_wait(&semaphore);
    note("sem_wait: %d %s", result, error_name(errno));
    return NULL;
}

SCENARIO(signal_interrupts_sem_wait) {
    struct runner runner;
    sem_init(&semaphore, 0, 0);
    handle(SIGUSR1, count, 0);
    start(&runner, wait_semaphore, NULL);
    until_asleep(&runner);
    pthread_kill(runner.thread, SIGUSR1);
    finish(&runner);
    note("handled %d", atomic_load(&handled));
}

SCENARIO(signal_restarts_sem_wait) {
    struct runner runner;
    sem_init(&semaphore, 0, 0);
    handle(SIGUSR1, count, SA_RESTART);
    start(&runner, wait_semaphore, NULL);
    for (int i = 0; i < 5; i++) {
        until_asleep(&runner);
        pthread_kill(runner.thread, SIGUSR1);
        while (atomic_load(&handled) <= i) pause_for(1);
    }
    sem_post(&semaphore);
    finish(&runner);
    note("handled %d", atomic_load(&handled));
}

SCENARIO(signal_handler_posts_own_wait) {
    struct runner runner;
    sem_init(&semaphore, 0, 0);
    handle(SIGUSR1, post, SA_RESTART);
    start(&runner, wait_semaphore, NULL);
    until_asleep(&runner);
    pthread_kill(runner.thread, SIGUSR1);
    finish(&runner);
    note("handled %d", atomic_load(&handled));
}

static void *wait_flag(void *argument) {
    (void)argument;
    pthread_mutex_lock(&mutex);
    while (!flag) equal(pthread_cond_wait(&condition, &mutex), 0);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* cond_wait never says EINTR; handlers run within it. */
SCENARIO(signal_in_cond_wait) {
    struct runner runner;
    handle(SIGUSR1, count, 0);
    start(&runner, wait_flag, NULL);
    for (int i = 0; i < 50; i++) {
        pthread_kill(runner.thread, SIGUSR1);
        while (atomic_load(&handled) <= i) pause_for(1);
    }
    pthread_mutex_lock(&mutex);
    flag = true;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    finish(&runner);
    note("handled %d", atomic_load(&handled));
}

static pthread_mutex_t handler_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t handler_condition = PTHREAD_COND_INITIALIZER;
static sem_t handler_semaphore;

/* Waits of another kind in a handler that has interrupted a wait. */
static void wait_in_handler(int number) {
    struct timespec end = from_now(CLOCK_REALTIME, 3);
    int saved = errno;
    (void)number;
    pthread_mutex_lock(&handler_mutex);
    equal(pthread_cond_timedwait(&handler_condition, &handler_mutex, &end), ETIMEDOUT);
    pthread_mutex_unlock(&handler_mutex);
    equal(sem_timedwait(&handler_semaphore, &end), -1);
    equal(errno, ETIMEDOUT);
    sem_post(&handler_semaphore);
    equal(sem_wait(&handler_semaphore), 0);
    atomic_fetch_add(&handled, 1);
    errno = saved;
}

SCENARIO(signal_handler_waits_in_waits) {
    struct runner waiter, sleeper;
    sem_init(&semaphore, 0, 0);
    sem_init(&handler_semaphore, 0, 0);
    handle(SIGUSR1, wait_in_handler, SA_RESTART);
    start(&waiter, wait_flag, NULL);
    start(&sleeper, wait_semaphore, NULL);
    for (int i = 0; i < 5; i++) {
        pthread_kill(waiter.thread, SIGUSR1);
        while (atomic_load(&handled) <= 2 * i) pause_for(1);
        pthread_kill(sleeper.thread, SIGUSR1);
        while (atomic_load(&handled) <= 2 * i + 1) pause_for(1);
    }
    pthread_mutex_lock(&mutex);
    flag = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    sem_post(&semaphore);
    finish(&waiter);
    finish(&sleeper);
    note("handled %d", atomic_load(&handled));
}

static __thread sigjmp_buf place;

static void jump(int number) {
    (void)number;
    siglongjmp(place, 1);
}

/* Out of a wait by a jump, again and again; the thread's later waits are as ever. */
static void *jumps_out(void *argument) {
    (void)argument;
    for (volatile int i = 0; i < 20; i++) {
        if (sigsetjmp(place, 1) == 0) {
            sem_wait(&semaphore);
            note("not reached");
        }
        atomic_fetch_add(&handled, 1);
    }
    struct timespec end = from_now(CLOCK_REALTIME, 2);
    equal(sem_timedwait(&semaphore, &end), -1);
    equal(errno, ETIMEDOUT);
    return wait_flag(NULL);
}

SCENARIO(signal_jumps_out_of_sem_wait) {
    struct runner runner;
    sem_init(&semaphore, 0, 0);
    handle(SIGUSR1, jump, 0);
    start(&runner, jumps_out, NULL);
    for (int i = 0; i < 20; i++) {
        until_asleep(&runner);
        pthread_kill(runner.thread, SIGUSR1);
        while (atomic_load(&handled) <= i) pause_for(1);
    }
    pthread_mutex_lock(&mutex);
    flag = true;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    finish(&runner);
    note("jumped %d times", atomic_load(&handled));
}

static void *jumps_out_of_join(void *argument) {
    if (sigsetjmp(place, 1) == 0) {
        pthread_join(*(pthread_t *)argument, NULL);
        note("not reached");
    }
    return NULL;
}

static void *jumps_out_of_timedlock(void *argument) {
    struct timespec end = from_now(CLOCK_REALTIME, 5000);
    if (sigsetjmp(place, 1) == 0) {
        pthread_mutex_timedlock(argument, &end);
        note("not reached");
    }
    return NULL;
}

SCENARIO(signal_jumps_out_of_other_waits) {
    struct runner target, runner;
    handle(SIGUSR1, jump, 0);
    start(&target, wait_flag, NULL);
    until_asleep(&target);
    start(&runner, jumps_out_of_timedlock, (pthread_mutex_lock(&handler_mutex), &handler_mutex));
    until_asleep(&runner);
    pthread_kill(runner.thread, SIGUSR1);
    finish(&runner);
    pthread_mutex_unlock(&handler_mutex);
    start(&runner, jumps_out_of_join, &target.thread);
    until_asleep(&runner);
    pthread_kill(runner.thread, SIGUSR1);
    finish(&runner);
    note("out of both");
}

static atomic_bool stop;

static void *be_bothered(void *argument) {
    struct timespec far = {1L << 40, 0};
    (void)argument;
    while (!atomic_load(&stop)) {
        struct timespec end = from_now(CLOCK_REALTIME, 1);
        pthread_mutex_lock(&mutex);
        pthread_cond_timedwait(&condition, &mutex, &end);
        pthread_mutex_unlock(&mutex);
        sem_post(&semaphore);
        while (sem_timedwait(&semaphore, &far) != 0) equal(errno, EINTR);
    }
    return NULL;
}

/* At whatever instruction the signal comes. */
SCENARIO(signal_at_any_moment) {
    struct runner runners[2];
    sem_init(&semaphore, 0, 2);
    handle(SIGUSR1, post, 0);
    for (int i = 0; i < 2; i++) start(&runners[i], be_bothered, NULL);
    for (int i = 0; i < 3000; i++) {
        pthread_kill(runners[i % 2].thread, SIGUSR1);
        if (i % 16 == 0) pause_for(1);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) finish(&runners[i]);
    note("calm");
}

static void overflowed(int number, siginfo_t *information, void *context) {
    (void)context;
    note("on the alternate stack: %s, code %d", sigabbrev_np(number), information->si_code);
    sem_post(&semaphore);
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    siglongjmp(place, 1);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
__attribute__((noinline)) static int overflow(int depth) {
    volatile char room[512];
    room[depth % 512] = (char)depth;
    int value = overflow(depth + 1) + room[(depth + 1) % 512];
    return value;
}
#pragma GCC diagnostic pop

static void *overflows(void *argument) {
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    struct timespec end = from_now(CLOCK_REALTIME, 2);
    (void)argument;
    equal(sigaltstack(&stack, NULL), 0);
    if (sigsetjmp(place, 1) == 0) overflow(0);
    equal(sem_wait(&semaphore), 0);
    equal(sem_timedwait(&semaphore, &end), -1);
    note("and on");
    return NULL;
}

SCENARIO(signal_stack_overflow) {
    struct sigaction action = {.sa_sigaction = overflowed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct runner runner;
    sem_init(&semaphore, 0, 0);
    sigemptyset(&action.sa_mask);
    equal(sigaction(SIGSEGV, &action, NULL), 0);
    start(&runner, overflows, NULL);
    finish(&runner);
}

static void dies_of_overflow(void *argument) {
    struct rlimit limit = {0, 0};
    struct runner runner;
    (void)argument;
    setrlimit(RLIMIT_CORE, &limit);
    start(&runner, (void *(*)(void *))(void *)overflow, NULL);
    finish(&runner);
}

SCENARIO(signal_stack_overflow_kills) { in_child("process", dies_of_overflow, NULL); }

static void *take_signals(void *argument) {
    for (int i = 0; i < 3; i++) {
        int number = 0;
        equal(sigwait(argument, &number), 0);
        note("taken %s", sigabbrev_np(number));
        sem_post(&semaphore);
    }
    return NULL;
}

SCENARIO(signal_waiting_thread) {
    struct runner runner;
    sigset_t set;
    sem_init(&semaphore, 0, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    start(&runner, take_signals, &set);
    for (int i = 0; i < 3; i++) {
        kill(getpid(), i == 1 ? SIGUSR2 : SIGUSR1);
        sem_wait(&semaphore);
    }
    finish(&runner);
}

/* Dispositions and masks as the program has them, none changed behind its back but that of SIGQUIT, which is what asks
 * the runtime for a thread dump. */
SCENARIO(signal_dispositions) {
    sigset_t mask;
    equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    for (int number = 1; number < SIGRTMIN; number++) {
        struct sigaction action;
        if (number == SIGQUIT || sigaction(number, NULL, &action) != 0) continue;
        if (action.sa_handler != SIG_DFL || sigismember(&mask, number) == 1)
            note("%d: %s%s", number, action.sa_handler == SIG_DFL ? "default" : "changed",
                 sigismember(&mask, number) == 1 ? ", blocked" : "");
    }
}
