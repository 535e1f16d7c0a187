// Threads that declare and withdraw all at once with a signal handler that does so too (`crowd`), or tables that are
// filled to the brim, emptied and filled again (`full`).
#include "deadwait.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 3000, MORE_THAN_THERE_ARE = 6000 };

static int objects[THREADS][4];
static int shared_object, shared_lock;
static volatile sig_atomic_t interruptions;

static void interrupted(int number) {
    (void)number;
    interruptions++;
    uint64_t call = dw_api_begin("handler");
    uint64_t pending = dw_pending_begin(DEADWAIT_OTHER, "handler", 1);
    dw_expect_threads("everybody", 5);
    dw_declare_signaller(&shared_object, "handler");
    dw_forget(&shared_object);
    dw_pending_end(pending);
    dw_api_end(call);
}

static void *declare(void *argument) {
    int *mine = argument;
    char role[8] = "role-0";
    for (unsigned round = 0; round < ROUNDS; round++) {
        role[5] = (char)('0' + round % 4);
        uint64_t call = dw_api_begin("crowd");
        dw_expect_threads("everybody", round + 1);
        dw_declare_signaller(&mine[round % 4], role);
        dw_declare_predicate(&mine[round % 4], &mine[0], 4, 1, round);
        dw_declare_quorum(&shared_object, role, round + 1, 0, 0);
        dw_name_object(&mine[round % 4], DEADWAIT_ENGINE_CONDITION, role);
        dw_lock_acquired(&shared_lock, round % 2 ? DEADWAIT_WITHOUT_STACK : DEADWAIT_EXCLUSIVE);
        dw_lock_released(&shared_lock);
        uint64_t pending = dw_pending_begin(DEADWAIT_CONTINUATION, role, round);
        dw_pending_context(pending, 2);
        dw_pending_dropped(pending);
        dw_pending_end(pending);
        dw_forget(&mine[round % 4]);
        dw_forget(&shared_object);
        dw_api_end(call);
    }
    return 0;
}

static void crowd(void) {
    pthread_t threads[THREADS];
    struct sigaction action = {.sa_handler = interrupted, .sa_flags = SA_RESTART};
    struct itimerval timer = {{0, 200}, {0, 200}}, none = {{0, 0}, {0, 0}};
    sigaction(SIGPROF, &action, 0);
    setitimer(ITIMER_PROF, &timer, 0);
    for (int number = 0; number < THREADS; number++)
        if (pthread_create(&threads[number], 0, declare, objects[number]) != 0) exit(1);
    for (int number = 0; number < THREADS; number++) pthread_join(threads[number], 0);
    setitimer(ITIMER_PROF, &none, 0);
    printf("interruptions %d\n", (int)interruptions);
    // Two threads that withdraw at the same time may both find a record taken: whoever comes last has the last word.
    dw_forget(&shared_object);
    for (int number = 0; number < THREADS; number++)
        for (int object = 0; object < 4; object++) dw_forget(&objects[number][object]);
}

static int fill(uint64_t *numbers, int *dropped) {
    int filled = 0;
    for (int number = 0; number < MORE_THAN_THERE_ARE; number++) {
        numbers[number] = dw_pending_begin(DEADWAIT_OTHER, "work", 0);
        if (numbers[number])
            filled++;
        else
            (*dropped)++;
    }
    for (int number = 0; number < MORE_THAN_THERE_ARE; number++) dw_pending_end(numbers[number]);
    return filled;
}

static void *leave_call_open(void *argument) {
    dw_api_begin("a call that its thread never left");
    return argument;
}

static void full(void) {
    static uint64_t numbers[MORE_THAN_THERE_ARE];
    int dropped = 0;
    printf("filled %d\n", fill(numbers, &dropped));
    printf("refilled %d\n", fill(numbers, &dropped));
    printf("dropped %d\n", dropped);
    for (int number = 0; number < MORE_THAN_THERE_ARE; number++) {
        pthread_t thread;
        if (pthread_create(&thread, 0, leave_call_open, 0) != 0) exit(1);
        pthread_join(thread, 0);
    }
    for (int call = 0; call < 100; call++) dw_api_end(dw_api_begin("one more"));
    dw_api_begin("the last call");
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "full") == 0)
        full();
    else
        crowd();
    printf("ready loaded=%d\n", dw_is_loaded());
    fflush(stdout);
    for (;;) pause();
}
