/* runtime_operations OPERATION timed SLICES MILLISECONDS: measures one operation of the thread library in so many slices
 *     of about so many milliseconds; prints the wall and processor nanoseconds an operation of each slice, a line each.
 * runtime_operations OPERATION counted NUMBER: does the operation so often and prints nothing: for callgrind.
 * runtime_operations threads NUMBER: lets so many threads wait in sem_wait, prints `ready PID` and waits.
 * runtime_operations list: the operations, a line each.
 *
 * One more thread lives all the time, since glibc takes short cuts in a process with a single thread. A process that
 * hangs is ended by SIGALRM after two minutes. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 9, LINE = 128 };

/* Where the threads of an operation run. */
enum placement { ANYWHERE, ONE_CPU, OWN_CPU };

/* Objects on lines of their own, two lines apart because processors fetch lines in pairs. */
static struct {
    _Alignas(LINE) pthread_mutex_t mutex;
    _Alignas(LINE) pthread_cond_t condition[2];
    _Alignas(LINE) sem_t semaphore[2];
    _Alignas(LINE) pthread_rwlock_t rwlock;
    _Alignas(LINE) uint32_t word;
    _Alignas(LINE) pthread_mutex_t other;
    _Alignas(LINE) long turn, arrived;
    _Alignas(LINE) volatile long counter;
} shared;

static pthread_barrier_t start_line;

static uint64_t now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void mutex_pair(int side, long count)
{
    pthread_mutex_t *mutex = side == 0 ? &shared.mutex : &shared.other;
    for (long i = 0; i < count; i++) {
        pthread_mutex_lock(mutex);
        pthread_mutex_unlock(mutex);
    }
}

static void mutex_contended(int side, long count)
{
    (void)side;
    for (long i = 0; i < count; i++) {
        pthread_mutex_lock(&shared.mutex);
        shared.counter++;
        pthread_mutex_unlock(&shared.mutex);
    }
}

static void condition_ping_pong(int side, long count)
{
    for (long i = 0; i < count; i++) {
        pthread_mutex_lock(&shared.mutex);
        while (shared.turn != side)
            pthread_cond_wait(&shared.condition[side], &shared.mutex);
        shared.turn = !side;
        pthread_cond_signal(&shared.condition[!side]);
        pthread_mutex_unlock(&shared.mutex);
    }
}

static void semaphore_ping_pong(int side, long count)
{
    for (long i = 0; i < count; i++) {
        if (side == 0)
            sem_post(&shared.semaphore[1]);
        while (sem_wait(&shared.semaphore[side]) != 0 && errno == EINTR)
            ;
        if (side == 1)
            sem_post(&shared.semaphore[0]);
    }
}

static void semaphore_pair(int side, long count)
{
    (void)side;
    for (long i = 0; i < count; i++) {
        sem_post(&shared.semaphore[0]);
        sem_wait(&shared.semaphore[0]);
    }
}

static void futex_ping_pong(int side, long count)
{
    for (long i = 0; i < count; i++) {
        uint32_t seen;
        while ((seen = __atomic_load_n(&shared.word, __ATOMIC_ACQUIRE)) != (uint32_t)side)
            syscall(SYS_futex, &shared.word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
        __atomic_store_n(&shared.word, (uint32_t)!side, __ATOMIC_RELEASE);
        syscall(SYS_futex, &shared.word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void futex_wake(int side, long count)
{
    (void)side;
    for (long i = 0; i < count; i++)
        syscall(SYS_futex, &shared.word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void other_system_call(int side, long count)
{
    (void)side;
    for (long i = 0; i < count; i++)
        syscall(SYS_getppid);
}

static void signal_without_waiter(int side, long count)
{
    (void)side;
    for (long i = 0; i < count; i++)
        pthread_cond_signal(&shared.condition[0]);
}

/* Side 0 waits until all others have arrived, and lets them go on to the next round. */
static void broadcast(int side, long count)
{
    for (long round = 1; round <= count; round++) {
        pthread_mutex_lock(&shared.mutex);
        if (side == 0) {
            while (shared.arrived != MOST_THREADS - 1)
                pthread_cond_wait(&shared.condition[0], &shared.mutex);
            shared.arrived = 0;
            shared.turn = round;
            pthread_cond_broadcast(&shared.condition[1]);
        } else {
            if (++shared.arrived == MOST_THREADS - 1)
                pthread_cond_signal(&shared.condition[0]);
            while (shared.turn < round)
                pthread_cond_wait(&shared.condition[1], &shared.mutex);
        }
        pthread_mutex_unlock(&shared.mutex);
    }
}

static void read_pair(int side, long count)
{
    (void)side;
    for (long i = 0; i < count; i++) {
        pthread_rwlock_rdlock(&shared.rwlock);
        pthread_rwlock_unlock(&shared.rwlock);
    }
}

static void write_pair(int side, long count)
{
    (void)side;
    for (long i = 0; i < count; i++) {
        pthread_rwlock_wrlock(&shared.rwlock);
        pthread_rwlock_unlock(&shared.rwlock);
    }
}

static void *nothing(void *argument)
{
    return argument;
}

static void create_join(int side, long count)
{
    (void)side;
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, nothing, NULL);
        if (error != 0) {
            fprintf(stderr, "pthread_create: %s\n", strerror(error));
            exit(1);
        }
        pthread_join(thread, NULL);
    }
}

/* `sum`: all threads' operations count, not those of one thread. */
static const struct operation {
    const char *name;
    void (*body)(int side, long count);
    int threads;
    enum placement placement;
    int sum;
} operations[] = {
    {"mutex-pair", mutex_pair, 1, ANYWHERE, 0},
    {"mutex-separate", mutex_pair, 2, OWN_CPU, 1},
    {"mutex-contended", mutex_contended, 2, OWN_CPU, 1},
    {"condition-ping-pong", condition_ping_pong, 2, OWN_CPU, 0},
    {"condition-ping-pong-1", condition_ping_pong, 2, ONE_CPU, 0},
    {"semaphore-ping-pong", semaphore_ping_pong, 2, OWN_CPU, 0},
    {"semaphore-ping-pong-1", semaphore_ping_pong, 2, ONE_CPU, 0},
    {"futex-ping-pong-1", futex_ping_pong, 2, ONE_CPU, 0},
    {"semaphore-pair", semaphore_pair, 1, ANYWHERE, 0},
    {"signal-unheard", signal_without_waiter, 1, ANYWHERE, 0},
    {"broadcast-8", broadcast, MOST_THREADS, ANYWHERE, 0},
    {"rwlock-read-pair", read_pair, 1, ANYWHERE, 0},
    {"rwlock-write-pair", write_pair, 1, ANYWHERE, 0},
    {"create-join", create_join, 1, ANYWHERE, 0},
    {"create-join-1", create_join, 1, ONE_CPU, 0},
    {"futex-wake", futex_wake, 1, ANYWHERE, 0},
    {"other-syscall", other_system_call, 1, ANYWHERE, 0},
};

struct side {
    const struct operation *operation;
    int number;
    long count;
    uint64_t wall, processor;
};

/* Runs on the `number`th of the processors that the process may use, if there are so many. */
static void pin(int number)
{
    cpu_set_t allowed, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(getpid(), sizeof allowed, &allowed) != 0)
        return;
    number %= CPU_COUNT(&allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && number-- == 0)
            CPU_SET(cpu, &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

static void *side_main(void *argument)
{
    struct side *side = argument;
    if (side->operation->placement != ANYWHERE)
        pin(side->operation->placement == OWN_CPU ? side->number : 0);
    /* Alone, it answers for the threads that it creates. */
    clockid_t clock = side->operation->threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID;
    pthread_barrier_wait(&start_line);
    uint64_t processor = now(clock), start = now(CLOCK_MONOTONIC);
    side->operation->body(side->number, side->count);
    side->wall = now(CLOCK_MONOTONIC) - start;
    side->processor = now(clock) - processor;
    return NULL;
}

struct sample {
    double wall, processor;
};

/* Nanoseconds an operation, over `count` operations of each thread: wall time of the slowest thread, processor time of
 * all. A thread's time begins when it runs: on a busy machine the others may begin much later. */
static struct sample measure(const struct operation *operation, long count)
{
    struct side sides[MOST_THREADS];
    pthread_t threads[MOST_THREADS];
    shared.turn = shared.arrived = 0;
    shared.word = 0;
    pthread_barrier_init(&start_line, NULL, (unsigned)operation->threads);
    for (int i = 0; i < operation->threads; i++) {
        sides[i] = (struct side){.operation = operation, .number = i, .count = count};
        /* An operation of one thread is the first thread's, so that nothing but it is measured. */
        if (operation->threads == 1)
            side_main(&sides[i]);
        else if (pthread_create(&threads[i], NULL, side_main, &sides[i]) != 0)
            exit(1);
    }
    uint64_t wall = 0, processor = 0;
    for (int i = 0; i < operation->threads; i++) {
        if (operation->threads > 1)
            pthread_join(threads[i], NULL);
        if (sides[i].wall > wall)
            wall = sides[i].wall;
        processor += sides[i].processor;
    }
    pthread_barrier_destroy(&start_line);
    double total = (double)count * (operation->sum ? operation->threads : 1);
    return (struct sample){(double)wall / total, (double)processor / total};
}

/* The number of operations of a thread that take so long, when nothing disturbs them. */
static long calibrate(const struct operation *operation, double nanoseconds)
{
    for (long count = 1;; count *= 2) {
        double least = 0;
        for (int attempt = 0; attempt < 3; attempt++) {
            struct sample sample = measure(operation, count);
            double spent = sample.wall * (double)count * (operation->sum ? operation->threads : 1);
            if (attempt == 0 || spent < least)
                least = spent;
        }
        if (least >= nanoseconds / 4)
            return (long)((double)count * nanoseconds / least) + 1;
    }
}

static void timed(const struct operation *operation, int slices, double milliseconds)
{
    long count = calibrate(operation, milliseconds * 1e6);
    for (int slice = 0; slice < slices; slice++) {
        struct sample sample = measure(operation, count);
        printf("%.3f %.3f\n", sample.wall, sample.processor);
    }
}

static void *park(void *argument)
{
    while (sem_wait(argument) != 0 && errno == EINTR)
        ;
    return NULL;
}

static int wait_with_threads(long count)
{
    static sem_t never;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 << 10);
    sem_init(&never, 0, 0);
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, &attributes, park, &never);
        if (error != 0) {
            fprintf(stderr, "pthread_create: %s\n", strerror(error));
            return 1;
        }
    }
    /* The last to come still has to get into its wait. */
    usleep(200000);
    printf("ready %d\n", getpid());
    fflush(stdout);
    for (;;)
        pause();
}

static void *live(void *argument)
{
    (void)argument;
    for (;;)
        pause();
    return NULL;
}

int main(int count, char **arguments)
{
    alarm(120);
    size_t known = sizeof operations / sizeof *operations;
    if (count == 2 && strcmp(arguments[1], "list") == 0) {
        for (size_t i = 0; i < known; i++)
            puts(operations[i].name);
        return 0;
    }
    if (count == 3 && strcmp(arguments[1], "threads") == 0)
        return wait_with_threads(atol(arguments[2]));
    pthread_mutex_init(&shared.mutex, NULL);
    pthread_mutex_init(&shared.other, NULL);
    pthread_rwlock_init(&shared.rwlock, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_cond_init(&shared.condition[i], NULL);
        sem_init(&shared.semaphore[i], 0, 0);
    }
    pthread_t extra;
    if (pthread_create(&extra, NULL, live, NULL) != 0)
        return 1;
    for (size_t i = 0; i < known && count > 3; i++) {
        if (strcmp(arguments[1], operations[i].name) != 0)
            continue;
        if (count == 5 && strcmp(arguments[2], "timed") == 0)
            timed(&operations[i], atoi(arguments[3]), atof(arguments[4]));
        else if (count == 4 && strcmp(arguments[2], "counted") == 0)
            measure(&operations[i], atol(arguments[3]));
        else
            break;
        return 0;
    }
    fprintf(stderr, "see the head of runtime_operations.c\n");
    return 64;
}
