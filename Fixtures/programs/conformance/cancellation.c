/* Cancellation in every wait: clean-up handlers run, mutexes come back, counters and objects stay usable. */
#include "scenario.h"

struct wait {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    sem_t semaphore;
    pthread_rwlock_t lock;
    pthread_t target;
    bool flag;
};

static void wait_init(struct wait *wait) {
    memset(wait, 0, sizeof *wait);
    pthread_mutex_init(&wait->mutex, NULL);
    pthread_cond_init(&wait->condition, NULL);
    sem_init(&wait->semaphore, 0, 0);
    pthread_rwlock_init(&wait->lock, NULL);
}

static void say(void *text) { note("clean-up: %s", (const char *)text); }

/* Runs with the mutex held again, as POSIX asks of a cancelled condition wait. */
static void give_back(void *argument) {
    struct wait *wait = argument;
    equal(pthread_mutex_trylock(&wait->mutex), EBUSY);
    note("clean-up: mutex is held");
    equal(pthread_mutex_unlock(&wait->mutex), 0);
}

static void cancel_and_note(struct runner *runner, const char *what) {
    until_asleep(runner);
    equal(pthread_cancel(runner->thread), 0);
    note("%s: %s", what, finish(runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
}

/* Another waiter and a signaller find the condition as it should be. */
static void *flag_waiter(void *argument) {
    struct wait *wait = argument;
    pthread_mutex_lock(&wait->mutex);
    while (!wait->flag) pthread_cond_wait(&wait->condition, &wait->mutex);
    pthread_mutex_unlock(&wait->mutex);
    return NULL;
}

static void still_works(struct wait *wait) {
    struct runner runner;
    equal(pthread_mutex_trylock(&wait->mutex), 0);
    wait->flag = false;
    pthread_mutex_unlock(&wait->mutex);
    start(&runner, flag_waiter, wait);
    until_asleep(&runner);
    pthread_mutex_lock(&wait->mutex);
    wait->flag = true;
    pthread_cond_signal(&wait->condition);
    pthread_mutex_unlock(&wait->mutex);
    finish(&runner);
    equal(pthread_cond_destroy(&wait->condition), 0);
    equal(pthread_mutex_destroy(&wait->mutex), 0);
    note("condition and mutex are usable");
}

static void *in_cond_wait(void *argument) {
    struct wait *wait = argument;
    pthread_mutex_lock(&wait->mutex);
    pthread_cleanup_push(say, "outer");
    pthread_cleanup_push(give_back, wait);
    for (;;) pthread_cond_wait(&wait->condition, &wait->mutex);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *in_cond_timedwait(void *argument) {
    struct wait *wait = argument;
    struct timespec end = from_now(CLOCK_REALTIME, 10000);
    pthread_mutex_lock(&wait->mutex);
    pthread_cleanup_push(say, "outer");
    pthread_cleanup_push(give_back, wait);
    for (;;) pthread_cond_timedwait(&wait->condition, &wait->mutex, &end);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *in_cond_clockwait(void *argument) {
    struct wait *wait = argument;
    struct timespec end = from_now(CLOCK_MONOTONIC, 10000);
    pthread_mutex_lock(&wait->mutex);
    pthread_cleanup_push(say, "outer");
    pthread_cleanup_push(give_back, wait);
    for (;;) pthread_cond_clockwait(&wait->condition, &wait->mutex, CLOCK_MONOTONIC, &end);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

static void condition_cancelled(void *(*body)(void *), const char *what) {
    struct wait wait;
    struct runner runner;
    wait_init(&wait);
    start(&runner, body, &wait);
    cancel_and_note(&runner, what);
    still_works(&wait);
}

SCENARIO(cancel_cond_wait) { condition_cancelled(in_cond_wait, "cond_wait"); }
SCENARIO(cancel_cond_timedwait) { condition_cancelled(in_cond_timedwait, "cond_timedwait"); }
SCENARIO(cancel_cond_clockwait) { condition_cancelled(in_cond_clockwait, "cond_clockwait"); }

/* The cancelled waiter must get the mutex first, which another thread holds for a while. */
SCENARIO(cancel_cond_wait_mutex_taken) {
    struct wait wait;
    struct runner runner;
    wait_init(&wait);
    start(&runner, in_cond_wait, &wait);
    until_asleep(&runner);
    pthread_mutex_lock(&wait.mutex);
    equal(pthread_cancel(runner.thread), 0);
    pause_for(20);
    note("mutex is ours");
    pthread_mutex_unlock(&wait.mutex);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
    still_works(&wait);
}

static void unlock(void *mutex) { equal(pthread_mutex_unlock(mutex), 0); }

static void *in_quiet_cond_wait(void *argument) {
    struct wait *wait = argument;
    pthread_mutex_lock(&wait->mutex);
    pthread_cleanup_push(unlock, &wait->mutex);
    for (;;) pthread_cond_wait(&wait->condition, &wait->mutex);
    pthread_cleanup_pop(0);
    return NULL;
}

/* A signal that met the waiter before its cancellation must not be lost for the others. */
SCENARIO(cancel_among_cond_waiters) {
    struct wait wait;
    struct runner runners[8], doomed[8];
    wait_init(&wait);
    for (int i = 0; i < 8; i++) start(&doomed[i], in_quiet_cond_wait, &wait);
    for (int i = 0; i < 8; i++) start(&runners[i], flag_waiter, &wait);
    for (int i = 0; i < 8; i++) until_asleep(&runners[i]), until_asleep(&doomed[i]);
    for (int i = 0; i < 8; i++) pthread_cancel(doomed[i].thread);
    for (int i = 0; i < 8; i++) expect(finish(&doomed[i]) == PTHREAD_CANCELED);
    pthread_mutex_lock(&wait.mutex);
    wait.flag = true;
    for (int i = 0; i < 8; i++) pthread_cond_signal(&wait.condition);
    pthread_mutex_unlock(&wait.mutex);
    for (int i = 0; i < 8; i++) expect(finish(&runners[i]) == NULL);
    note("8 cancelled, 8 signalled");
}

static void *in_sem_wait(void *argument) {
    struct wait *wait = argument;
    pthread_cleanup_push(say, "sem_wait");
    sem_wait(&wait->semaphore);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *in_sem_timedwait(void *argument) {
    struct wait *wait = argument;
    struct timespec end = from_now(CLOCK_REALTIME, 10000);
    pthread_cleanup_push(say, "sem_timedwait");
    sem_timedwait(&wait->semaphore, &end);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *in_sem_clockwait(void *argument) {
    struct wait *wait = argument;
    struct timespec end = from_now(CLOCK_MONOTONIC, 10000);
    pthread_cleanup_push(say, "sem_clockwait");
    sem_clockwait(&wait->semaphore, CLOCK_MONOTONIC, &end);
    pthread_cleanup_pop(0);
    return NULL;
}

static void semaphore_cancelled(void *(*body)(void *), const char *what) {
    struct wait wait;
    struct runner runner;
    int value = -1;
    wait_init(&wait);
    start(&runner, body, &wait);
    cancel_and_note(&runner, what);
    equal(sem_getvalue(&wait.semaphore, &value), 0);
    equal(value, 0);
    sem_post(&wait.semaphore);
    equal(sem_getvalue(&wait.semaphore, &value), 0);
    equal(value, 1);
    equal(sem_trywait(&wait.semaphore), 0);
    equal(sem_trywait(&wait.semaphore), -1);
    note("semaphore is usable");
}

SCENARIO(cancel_sem_wait) { semaphore_cancelled(in_sem_wait, "sem_wait"); }
SCENARIO(cancel_sem_timedwait) { semaphore_cancelled(in_sem_timedwait, "sem_timedwait"); }
SCENARIO(cancel_sem_clockwait) { semaphore_cancelled(in_sem_clockwait, "sem_clockwait"); }

/* sem_wait is a cancellation point also when it need not wait. */
static void *pending_then_sem_wait(void *argument) {
    struct wait *wait = argument;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    while (!__atomic_load_n(&wait->flag, __ATOMIC_ACQUIRE)) pause_for(1);
    sem_wait(&wait->semaphore);
    note("disabled: sem_wait returns");
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_cleanup_push(say, "pending");
    sem_wait(&wait->semaphore);
    note("enabled: sem_wait returns");
    pthread_cleanup_pop(0);
    return NULL;
}

SCENARIO(cancel_pending_before_sem_wait) {
    struct wait wait;
    struct runner runner;
    int value = -1;
    wait_init(&wait);
    sem_post(&wait.semaphore);
    sem_post(&wait.semaphore);
    start(&runner, pending_then_sem_wait, &wait);
    pthread_cancel(runner.thread);
    __atomic_store_n(&wait.flag, true, __ATOMIC_RELEASE);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
    sem_getvalue(&wait.semaphore, &value);
    note("value %d", value);
}

static void *sleeper(void *argument) {
    sem_wait(&((struct wait *)argument)->semaphore);
    return (void *)7;
}

static void *in_join(void *argument) {
    struct wait *wait = argument;
    pthread_cleanup_push(say, "join");
    pthread_join(wait->target, NULL);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *in_timedjoin(void *argument) {
    struct wait *wait = argument;
    struct timespec end = from_now(CLOCK_REALTIME, 10000);
    pthread_cleanup_push(say, "timedjoin");
    pthread_timedjoin_np(wait->target, NULL, &end);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *in_clockjoin(void *argument) {
    struct wait *wait = argument;
    struct timespec end = from_now(CLOCK_MONOTONIC, 10000);
    pthread_cleanup_push(say, "clockjoin");
    pthread_clockjoin_np(wait->target, NULL, CLOCK_MONOTONIC, &end);
    pthread_cleanup_pop(0);
    return NULL;
}

/* The joined thread stays joinable when its joiner is cancelled. */
static void join_cancelled(void *(*body)(void *), const char *what) {
    struct wait wait;
    struct runner runner, target;
    wait_init(&wait);
    start(&target, sleeper, &wait);
    wait.target = target.thread;
    start(&runner, body, &wait);
    cancel_and_note(&runner, what);
    sem_post(&wait.semaphore);
    note("then joined with %ld", (long)finish(&target));
}

SCENARIO(cancel_join) { join_cancelled(in_join, "join"); }
SCENARIO(cancel_timedjoin) { join_cancelled(in_timedjoin, "timedjoin"); }
SCENARIO(cancel_clockjoin) { join_cancelled(in_clockjoin, "clockjoin"); }

/* None of these is a cancellation point: the request stays pending until a later one. */
static void *not_a_point(void *argument) {
    struct wait *wait = argument;
    struct timespec end = from_now(CLOCK_REALTIME, 10000);
    pthread_cleanup_push(say, "at testcancel");
    equal(pthread_mutex_timedlock(&wait->mutex, &end), 0);
    note("got the mutex");
    equal(pthread_mutex_unlock(&wait->mutex), 0);
    pthread_testcancel();
    note("not reached");
    pthread_cleanup_pop(0);
    return NULL;
}

SCENARIO(cancel_mutex_timedlock) {
    struct wait wait;
    struct runner runner;
    wait_init(&wait);
    pthread_mutex_lock(&wait.mutex);
    start(&runner, not_a_point, &wait);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    pause_for(10);
    note("unlock");
    pthread_mutex_unlock(&wait.mutex);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
    equal(pthread_mutex_destroy(&wait.mutex), 0);
}

static void *rwlock_not_a_point(void *argument) {
    struct wait *wait = argument;
    equal(pthread_rwlock_rdlock(&wait->lock), 0);
    note("got the read lock");
    equal(pthread_rwlock_unlock(&wait->lock), 0);
    pthread_testcancel();
    note("not reached");
    return NULL;
}

SCENARIO(cancel_rwlock) {
    struct wait wait;
    struct runner runner;
    wait_init(&wait);
    pthread_rwlock_wrlock(&wait.lock);
    start(&runner, rwlock_not_a_point, &wait);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    pause_for(10);
    note("unlock");
    pthread_rwlock_unlock(&wait.lock);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
    equal(pthread_rwlock_destroy(&wait.lock), 0);
}

static void *barrier_not_a_point(void *argument) {
    int result = pthread_barrier_wait(argument);
    expect(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
    note("through the barrier");
    pthread_testcancel();
    note("not reached");
    return NULL;
}

SCENARIO(cancel_barrier) {
    pthread_barrier_t barrier;
    struct runner runner;
    pthread_barrier_init(&barrier, NULL, 2);
    start(&runner, barrier_not_a_point, &barrier);
    until_asleep(&runner);
    pthread_cancel(runner.thread);
    pause_for(10);
    note("arrive");
    pthread_barrier_wait(&barrier);
    note("%s", finish(&runner) == PTHREAD_CANCELED ? "cancelled" : "ran on");
    equal(pthread_barrier_destroy(&barrier), 0);
}
