/* Coroutines by makecontext and swapcontext whose stacks are the heap's, and which wait on them. */
#include "scenario.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { COROUTINES = 4, ROUNDS = 25, STACK = 64 << 10 };

static ucontext_t home, places[COROUTINES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static int requests, answers;

/* Another thread answers what the coroutines ask. */
static void *answer(void *argument) {
    for (int i = 0; i < COROUTINES * ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        while (requests == answers) pthread_cond_wait(&condition, &mutex);
        answers++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
        sem_post(&semaphore);
    }
    return argument;
}

static void coroutine(int number) {
    for (int i = 0; i < ROUNDS; i++) {
        struct timespec end = from_now(CLOCK_REALTIME, 5000);
        pthread_mutex_lock(&mutex);
        int mine = ++requests;
        pthread_cond_broadcast(&condition);
        while (answers < mine) equal(pthread_cond_timedwait(&condition, &mutex, &end), 0);
        pthread_mutex_unlock(&mutex);
        equal(sem_wait(&semaphore), 0);
        swapcontext(&places[number], &home);
    }
    note("coroutine %d is through", number);
}

static void *run_coroutines(void *argument) {
    for (int i = 0; i < COROUTINES; i++) {
        getcontext(&places[i]);
        places[i].uc_stack.ss_sp = malloc(STACK);
        places[i].uc_stack.ss_size = STACK;
        places[i].uc_link = &home;
        makecontext(&places[i], (void (*)(void))(void *)coroutine, 1, i);
    }
    for (int round = 0; round <= ROUNDS; round++)
        for (int i = 0; i < COROUTINES; i++) swapcontext(&home, &places[i]);
    for (int i = 0; i < COROUTINES; i++) free(places[i].uc_stack.ss_sp);
    return argument;
}

static void coroutines(bool in_thread) {
    struct runner other, runner;
    sem_init(&semaphore, 0, 0);
    requests = answers = 0;
    start(&other, answer, NULL);
    if (in_thread) {
        start(&runner, run_coroutines, NULL);
        finish(&runner);
    } else {
        run_coroutines(NULL);
    }
    finish(&other);
    note("answers %d", answers);
}

SCENARIO(coroutines_in_main_thread) { coroutines(false); }
SCENARIO(coroutines_in_a_thread) { coroutines(true); }

static void *resumed_elsewhere(void *argument) {
    swapcontext(&home, &places[0]);
    return argument;
}

static void moves(void) {
    struct timespec end = from_now(CLOCK_REALTIME, 2);
    equal(sem_timedwait(&semaphore, &end), -1);
    swapcontext(&places[0], &home);
    end = from_now(CLOCK_REALTIME, 2);
    equal(sem_timedwait(&semaphore, &end), -1);
    equal(sem_post(&semaphore), 0);
    equal(sem_wait(&semaphore), 0);
    note("moved");
    swapcontext(&places[0], &home);
}

/* One that begins on one thread and goes on on another. */
SCENARIO(coroutine_moves_between_threads) {
    struct runner runner;
    sem_init(&semaphore, 0, 0);
    getcontext(&places[0]);
    places[0].uc_stack.ss_sp = malloc(STACK);
    places[0].uc_stack.ss_size = STACK;
    places[0].uc_link = NULL;
    makecontext(&places[0], moves, 0);
    start(&runner, resumed_elsewhere, NULL);
    finish(&runner);
    swapcontext(&home, &places[0]);
    struct timespec end = from_now(CLOCK_REALTIME, 2);
    equal(sem_timedwait(&semaphore, &end), -1);
}

static sigjmp_buf back;
static char *own_stack;

static void leaves_its_stack(void) {
    siglongjmp(back, 1);
}

/* A wait on a stack that is unmapped right afterwards: nothing may look there any more. */
static void leave_from_wait(int number) {
    (void)number;
    leaves_its_stack();
}

static void waits_on_passing_stack(void) {
    sem_wait(&semaphore);
    note("not reached");
}

SCENARIO(coroutine_stack_unmapped_after_jump) {
    struct sigaction action = {.sa_handler = leave_from_wait};
    sem_init(&semaphore, 0, 0);
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    for (volatile int i = 0; i < 5; i++) {
        own_stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (sigsetjmp(back, 1) == 0) {
            struct timespec soon = {.tv_nsec = 5000000};
            timer_t timer;
            timer_create(CLOCK_MONOTONIC, NULL, &timer);
            timer_settime(timer, 0, &(struct itimerspec){.it_value = soon}, NULL);
            getcontext(&places[0]);
            places[0].uc_stack.ss_sp = own_stack;
            places[0].uc_stack.ss_size = STACK;
            places[0].uc_link = &home;
            makecontext(&places[0], waits_on_passing_stack, 0);
            swapcontext(&home, &places[0]);
        }
        equal(munmap(own_stack, STACK), 0);
        struct timespec end = from_now(CLOCK_REALTIME, 1);
        equal(sem_timedwait(&semaphore, &end), -1);
    }
    note("five stacks");
}
