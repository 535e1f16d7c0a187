/* C11's threads, which are glibc's own beneath, reached by other names. */
#include "scenario.h"
#include <threads.h>

static mtx_t mutex;
static cnd_t condition;
static int ready, taken;

static int take(void *argument) {
    mtx_lock(&mutex);
    while (ready == 0) cnd_wait(&condition, &mutex);
    ready--;
    taken++;
    mtx_unlock(&mutex);
    return (int)(intptr_t)argument;
}

SCENARIO(c11_threads_and_conditions) {
    thrd_t threads[6];
    equal(mtx_init(&mutex, mtx_plain), thrd_success);
    equal(cnd_init(&condition), thrd_success);
    for (int i = 0; i < 6; i++) equal(thrd_create(&threads[i], take, (void *)(intptr_t)(i - 3)), thrd_success);
    pause_for(10);
    for (int i = 0; i < 3; i++) {
        mtx_lock(&mutex);
        ready++;
        equal(cnd_signal(&condition), thrd_success);
        mtx_unlock(&mutex);
    }
    mtx_lock(&mutex);
    ready += 3;
    equal(cnd_broadcast(&condition), thrd_success);
    mtx_unlock(&mutex);
    for (int i = 0; i < 6; i++) {
        int result = 77;
        equal(thrd_join(threads[i], &result), thrd_success);
        note("returned %d", result);
    }
    note("taken %d", taken);
    cnd_destroy(&condition);
    mtx_destroy(&mutex);
}

static int leave(void *argument) {
    (void)argument;
    thrd_exit(-5);
}

static sem_t done;

static int detached(void *argument) {
    (void)argument;
    sem_post(&done);
    return 0;
}

SCENARIO(c11_ends) {
    thrd_t thread;
    int result = 77;
    sem_init(&done, 0, 0);
    equal(thrd_create(&thread, leave, NULL), thrd_success);
    equal(thrd_join(thread, &result), thrd_success);
    note("left with %d", result);
    equal(thrd_create(&thread, leave, NULL), thrd_success);
    equal(thrd_join(thread, NULL), thrd_success);
    equal(thrd_create(&thread, detached, NULL), thrd_success);
    equal(thrd_detach(thread), thrd_success);
    sem_wait(&done);
    expect(thrd_equal(thrd_current(), (thrd_t)pthread_self()));
    struct timespec brief = {.tv_nsec = 1000000};
    equal(thrd_sleep(&brief, NULL), 0);
    thrd_yield();
}

static int lock_attempts(void *argument) {
    mtx_t *other = argument;
    struct timespec end = from_now(CLOCK_REALTIME, 5), wrong = {1, -1};
    note("try %d", mtx_trylock(other) == thrd_busy);
    note("timed %d", mtx_timedlock(other, &end) == thrd_timedout);
    note("wrong time %d", mtx_timedlock(other, &wrong) == thrd_error);
    return 0;
}

SCENARIO(c11_mutexes) {
    static const int types[] = {mtx_plain, mtx_timed, mtx_recursive, mtx_timed | mtx_recursive};
    for (int i = 0; i < 4; i++) {
        mtx_t one;
        thrd_t thread;
        struct timespec end = from_now(CLOCK_REALTIME, 5);
        equal(mtx_init(&one, types[i]), thrd_success);
        equal(mtx_lock(&one), thrd_success);
        if (types[i] & mtx_recursive) {
            equal(mtx_trylock(&one), thrd_success);
            equal(mtx_timedlock(&one, &end), thrd_success);
            equal(mtx_unlock(&one), thrd_success);
            equal(mtx_unlock(&one), thrd_success);
        } else {
            equal(mtx_trylock(&one), thrd_busy);
        }
        equal(thrd_create(&thread, lock_attempts, &one), thrd_success);
        equal(thrd_join(thread, NULL), thrd_success);
        equal(mtx_unlock(&one), thrd_success);
        mtx_destroy(&one);
    }
    mtx_t unknown;
    note("unknown type %d", mtx_init(&unknown, 64) == thrd_error);
}

SCENARIO(c11_timed_conditions) {
    struct timespec end = from_now(CLOCK_REALTIME, 5), wrong = {1, 1000000000};
    mtx_init(&mutex, mtx_plain);
    cnd_init(&condition);
    mtx_lock(&mutex);
    note("timed out %d", cnd_timedwait(&condition, &mutex, &end) == thrd_timedout);
    note("wrong time %d", cnd_timedwait(&condition, &mutex, &wrong) == thrd_error);
    mtx_unlock(&mutex);
}

static once_flag flag = ONCE_FLAG_INIT;
static tss_t slot;
static atomic_int runs, destroyed;

static void initialise(void) {
    atomic_fetch_add(&runs, 1);
    pause_for(5);
}

static void destroy(void *value) {
    (void)value;
    atomic_fetch_add(&destroyed, 1);
}

static int once_and_slot(void *argument) {
    call_once(&flag, initialise);
    equal(atomic_load(&runs), 1);
    equal(tss_set(slot, argument), thrd_success);
    expect(tss_get(slot) == argument);
    return 0;
}

SCENARIO(c11_once_and_specific) {
    thrd_t threads[8];
    equal(tss_create(&slot, destroy), thrd_success);
    for (int i = 0; i < 8; i++) equal(thrd_create(&threads[i], once_and_slot, &runs), thrd_success);
    for (int i = 0; i < 8; i++) equal(thrd_join(threads[i], NULL), thrd_success);
    note("runs %d, destroyed %d", atomic_load(&runs), atomic_load(&destroyed));
    tss_delete(slot);
}
