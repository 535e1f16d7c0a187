/* stacks: the table of call stacks under threads that fill it, signal handlers that interrupt them, and a reader.
   Prints `done` if no stack had two numbers, no number two stacks, and no complete record ever changed. */
#define _GNU_SOURCE
#include "dw_stacks.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACKS = 3000, CAPACITY = 4096, SMALL = 256, THREADS = 4, ROUNDS = 60000 };

static struct dw_stack_record table[CAPACITY], small[SMALL];
static uint64_t dropped, small_dropped, refused;
static uint32_t numbers[STACKS];
static int stop, failures;

static void expect(int condition, const char *what)
{
    if (!condition && __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED) < 10)
        printf("FAILED: %s\n", what);
}

/* Stack number `which`; its words say which it is. */
static uint32_t make(uint32_t which, uint64_t *frames, uint32_t *flags)
{
    uint32_t depth = 1 + which % DW_STACK_FRAMES;
    for (uint32_t i = 0; i < depth; i++)
        frames[i] = 0x7f0000000000 + (uint64_t)which * 4096 + i;
    *flags = which % 3 == 0 ? DW_STACK_NO_RULE : 0;
    return depth;
}

static void check(const struct dw_stack_record *record)
{
    uint32_t depth = __atomic_load_n(&record->depth, __ATOMIC_ACQUIRE);
    if (depth == 0)
        return;
    uint64_t frames[DW_STACK_FRAMES];
    uint32_t flags, which = (uint32_t)((record->frames[0] - 0x7f0000000000) / 4096);
    expect(which < STACKS && make(which, frames, &flags) == depth && record->flags == flags &&
               memcmp(frames, record->frames, depth * 8) == 0,
           "a record that is complete holds one of the stacks");
}

static void put(uint32_t which)
{
    uint64_t frames[DW_STACK_FRAMES];
    uint32_t flags, depth = make(which, frames, &flags), none = 0;
    uint32_t number = dw_stack_intern(table, CAPACITY, frames, depth, flags, &dropped);
    expect(number > 0 && number <= CAPACITY, "there is room");
    if (number == 0)
        return;
    if (!__atomic_compare_exchange_n(&numbers[which], &none, number, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        expect(none == number, "a stack has one number");
    check(&table[number - 1]);
    number = dw_stack_intern(small, SMALL, frames, depth, flags, &small_dropped);
    if (number == 0)
        __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
    else
        check(&small[number - 1]);
}

static void interrupt(int signal)
{
    static uint32_t next;
    (void)signal;
    put(__atomic_fetch_add(&next, 7, __ATOMIC_RELAXED) % STACKS);
}

static void *fill(void *argument)
{
    uint32_t state = (uint32_t)(uintptr_t)argument * 2654435761u + 1;
    for (int i = 0; i < ROUNDS; i++) {
        state = state * 1664525 + 1013904223;
        put((state >> 8) % STACKS);
    }
    return NULL;
}

static void *read_all(void *unused)
{
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        for (int i = 0; i < CAPACITY; i++)
            check(&table[i]);
        usleep(1000);
    }
    return unused;
}

int main(void)
{
    uint64_t long_stack[20];
    pthread_t threads[THREADS], reader;
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&reader, NULL, read_all, NULL);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, fill, (void *)(i + 1));
    for (int i = 0; i < 200; i++) {
        for (int t = 0; t < THREADS; t++)
            pthread_kill(threads[t], SIGUSR1);
        usleep(200);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(reader, NULL);

    uint32_t used = 0, known = 0;
    for (int i = 0; i < CAPACITY; i++)
        used += table[i].depth != 0;
    for (int i = 0; i < STACKS; i++)
        known += numbers[i] != 0;
    expect(used == known && known == STACKS, "a record for each stack");
    expect(dropped == 0, "nothing is dropped while there is room");
    uint32_t in_small = 0;
    for (int i = 0; i < SMALL; i++)
        in_small += small[i].depth != 0;
    expect(in_small > SMALL * 9 / 10, "a small table is filled");
    expect(refused > 0 && refused == small_dropped, "what found no room is counted");

    for (int i = 0; i < 20; i++)
        long_stack[i] = (uint64_t)i + 1;
    memset(table, 0, sizeof table);
    uint32_t number = dw_stack_intern(table, CAPACITY, long_stack, 20, 0, &dropped);
    expect(number > 0 && table[number - 1].depth == DW_STACK_FRAMES, "a long stack is cut");
    expect(number > 0 && table[number - 1].flags == DW_STACK_TRUNCATED, "and says so");
    expect(dw_stack_intern(table, CAPACITY, long_stack, 0, 0, &dropped) == 0, "an empty stack has no number");
    expect(dw_stack_intern(table, CAPACITY, long_stack, 5, 0, &dropped) != number, "a prefix is another stack");
    expect(dw_stack_intern(table, 0, long_stack, 5, 0, &dropped) == 0 && dropped == 1, "a table of nothing");
    puts(failures == 0 ? "done" : "failed");
    return failures != 0;
}
