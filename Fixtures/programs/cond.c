/* cond THREADS [TICK-FILE]: threads in pthread_cond_wait, each under 20 calls of 50 functions.
 *
 * A stack has 26 frames; with the two inlined helpers of each work function and glibc's own inlined functions 68.
 * With -DWORK_ELSEWHERE the work functions are those of a library of 50 copies of big_unit.cpp, unit_00 to unit_49. */
#include "tick.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORK_FUNCTIONS = 50, CALLS = 20 };

typedef int (*work_function)(int seed, int depth);
extern const work_function work_table[WORK_FUNCTIONS];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int stopping, waiting;

__attribute__((noinline)) void leaf_wait(int seed)
{
    (void)seed;
    pthread_mutex_lock(&mutex);
    waiting++;
    while (!stopping)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
}

#ifdef WORK_ELSEWHERE
#define WORK_NAME(nn) work_fn_unit_##nn
#define WORK(nn) extern int WORK_NAME(nn)(int seed, int depth);
#include "work_functions.inc"
#undef WORK
#else
#define WORK_NAME(nn) work_fn_##nn
/* 07 alone would be octal. */
#define NUMBER(nn) (1##nn - 100)

static inline __attribute__((always_inline)) int dispatch(int seed, int depth, int salt)
{
    if (depth <= 0) {
        leaf_wait(seed);
        return seed;
    }
    return work_table[(seed * 7 + depth * 13 + salt) % WORK_FUNCTIONS](seed, depth - 1) + 1;
}

static inline __attribute__((always_inline)) int checked(int seed, int depth, int salt, volatile char *buffer)
{
    buffer[0] = (char)seed;
    int result = dispatch(seed, depth, salt);
    return result + buffer[0];
}

/* Buffers of different sizes, so that the frames have different sizes, too. */
#define WORK(nn)                                                           \
    __attribute__((noinline)) static int WORK_NAME(nn)(int seed, int depth) \
    {                                                                      \
        volatile char buffer[16 + NUMBER(nn) * 37 % 400];                  \
        buffer[sizeof buffer - 1] = (char)depth;                           \
        int result = checked(seed, depth, NUMBER(nn), buffer);             \
        return result + buffer[sizeof buffer - 1];                         \
    }
#include "work_functions.inc"
#undef WORK
#endif

#define WORK(nn) WORK_NAME(nn),
const work_function work_table[WORK_FUNCTIONS] = {
#include "work_functions.inc"
};
#undef WORK

static void *thread_main(void *argument)
{
    int seed = (int)(intptr_t)argument;
    return (void *)(intptr_t)work_table[seed % WORK_FUNCTIONS](seed, CALLS - 1);
}

int main(int count, char **arguments)
{
    int threads = count > 1 ? atoi(arguments[1]) : 10;
    if (count > 2 && tick_start(arguments[2]) != 0) {
        perror(arguments[2]);
        return 1;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 << 10);
    for (int index = 0; index < threads; index++) {
        pthread_t thread;
        int error = pthread_create(&thread, &attributes, thread_main, (void *)(intptr_t)index);
        if (error != 0) {
            fprintf(stderr, "thread %d: %s\n", index, strerror(error));
            return 1;
        }
    }
    for (int set = 0; set < threads; usleep(1000)) {
        pthread_mutex_lock(&mutex);
        set = waiting;
        pthread_mutex_unlock(&mutex);
    }
    /* The last to come still has to get from the mutex into its wait. */
    usleep(100000);
    printf("ready %d %d\n", getpid(), threads);
    fflush(stdout);
    for (;;)
        pause();
}
