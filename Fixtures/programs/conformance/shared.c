/* Objects in memory that two processes have. */
#include "scenario.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    pthread_rwlock_t lock;
    pthread_barrier_t barrier;
    sem_t there, back;
    int value;
    atomic_int tid;
};

static struct shared *make_shared(int robust) {
    struct shared *shared = shared_memory(sizeof *shared);
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;
    pthread_rwlockattr_t lock;
    pthread_barrierattr_t barrier;
    pthread_mutexattr_init(&mutex);
    equal(pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED), 0);
    equal(pthread_mutexattr_setrobust(&mutex, robust), 0);
    equal(pthread_mutex_init(&shared->mutex, &mutex), 0);
    pthread_condattr_init(&condition);
    equal(pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED), 0);
    equal(pthread_cond_init(&shared->condition, &condition), 0);
    pthread_rwlockattr_init(&lock);
    equal(pthread_rwlockattr_setpshared(&lock, PTHREAD_PROCESS_SHARED), 0);
    equal(pthread_rwlock_init(&shared->lock, &lock), 0);
    pthread_barrierattr_init(&barrier);
    equal(pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED), 0);
    equal(pthread_barrier_init(&shared->barrier, &barrier, 2), 0);
    equal(sem_init(&shared->there, 1, 0), 0);
    equal(sem_init(&shared->back, 1, 0), 0);
    return shared;
}

/* Turns that go to and fro: even ones are the parent's. */
static void take_turns(struct shared *shared, int mine) {
    for (int turn = mine; turn < 400; turn += 2) {
        equal(pthread_mutex_lock(&shared->mutex), 0);
        while (shared->value != turn) equal(pthread_cond_wait(&shared->condition, &shared->mutex), 0);
        shared->value++;
        equal(pthread_cond_signal(&shared->condition), 0);
        equal(pthread_mutex_unlock(&shared->mutex), 0);
    }
    for (int i = 0; i < 200; i++) {
        equal(sem_post(mine == 0 ? &shared->there : &shared->back), 0);
        equal(sem_wait(mine == 0 ? &shared->back : &shared->there), 0);
    }
    int serials = 0;
    for (int i = 0; i < 200; i++) serials += pthread_barrier_wait(&shared->barrier) != 0;
    for (int i = 0; i < 2000; i++) {
        equal(pthread_rwlock_wrlock(&shared->lock), 0);
        shared->value++;
        equal(pthread_rwlock_unlock(&shared->lock), 0);
        equal(pthread_rwlock_rdlock(&shared->lock), 0);
        equal(pthread_rwlock_unlock(&shared->lock), 0);
    }
}

static void second(void *shared) { take_turns(shared, 1); }

SCENARIO(shared_objects) {
    struct shared *shared = make_shared(PTHREAD_MUTEX_STALLED);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        second(shared);
        _exit(0);
    }
    take_turns(shared, 0);
    note_end("child", child);
    note("value %d", shared->value);
    equal(pthread_cond_destroy(&shared->condition), 0);
    equal(pthread_barrier_destroy(&shared->barrier), 0);
}

static void dies_holding(void *argument) {
    struct shared *shared = argument;
    equal(pthread_mutex_lock(&shared->mutex), 0);
    kill(getpid(), SIGKILL);
}

SCENARIO(shared_robust_mutex_of_a_killed_process) {
    struct shared *shared = make_shared(PTHREAD_MUTEX_ROBUST);
    for (int i = 0; i < 3; i++) {
        struct timespec end = from_now(CLOCK_REALTIME, 1000);
        in_child("holder", dies_holding, shared);
        int error = i == 0   ? pthread_mutex_lock(&shared->mutex)
                    : i == 1 ? pthread_mutex_trylock(&shared->mutex)
                             : pthread_mutex_timedlock(&shared->mutex, &end);
        note("%s", error_name(error));
        equal(pthread_mutex_consistent(&shared->mutex), 0);
        equal(pthread_mutex_unlock(&shared->mutex), 0);
    }
}

static void waits_to_be_killed(struct shared *shared) {
    pthread_mutex_lock(&shared->mutex);
    atomic_store(&shared->tid, 1);
    for (;;) pthread_cond_wait(&shared->condition, &shared->mutex);
}

/* A waiter that is killed leaves its mutex free and the condition fit for others. */
SCENARIO(shared_condition_of_a_killed_waiter) {
    struct shared *shared = make_shared(PTHREAD_MUTEX_STALLED);
    pid_t child = fork();
    if (child == 0) waits_to_be_killed(shared);
    while (atomic_load(&shared->tid) == 0) pause_for(1);
    until_tid_sleeps(child);
    pause_for(20);
    kill(child, SIGKILL);
    note_end("waiter", child);
    struct timespec end = from_now(CLOCK_REALTIME, 5);
    equal(pthread_mutex_lock(&shared->mutex), 0);
    note("timed: %s", error_name(pthread_cond_timedwait(&shared->condition, &shared->mutex, &end)));
    equal(pthread_mutex_unlock(&shared->mutex), 0);
}

static void opens_by_name(void *argument) {
    sem_t *semaphore = sem_open(argument, 0);
    expect(semaphore != SEM_FAILED);
    equal(sem_wait(semaphore), 0);
    equal(sem_post(semaphore), 0);
    equal(sem_post(semaphore), 0);
    equal(sem_close(semaphore), 0);
}

SCENARIO(shared_named_semaphore) {
    char name[64];
    int value = -1;
    snprintf(name, sizeof name, "/conformance-%d", (int)getpid());
    sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    expect(semaphore != SEM_FAILED);
    in_child("child", opens_by_name, name);
    equal(sem_getvalue(semaphore, &value), 0);
    note("value %d", value);
    equal(sem_unlink(name), 0);
    outcome("unlinked", sem_unlink(name));
    equal(sem_close(semaphore), 0);
}
