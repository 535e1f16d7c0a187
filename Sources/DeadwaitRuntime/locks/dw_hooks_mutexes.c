#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "dw_held.h"
#include "dw_locks_real.h"
#include "dw_try.h"

// A lock is tried first: what can be had at once costs an entry of the thread's own list and nothing else. pthread's
// try tells of the mutexes that dw_may_try names what its lock would (glibc 2.36, nptl/pthread_mutex_trylock.c): a recursive
// one is counted; an error-checking one that the thread has says EBUSY where lock says EDEADLK, so EBUSY and errors are
// left to lock itself.

#define SITE __builtin_return_address(0)

static uint64_t address_of(const volatile void *object) { return (uint64_t)(uintptr_t)object; }

static bool is_acquired(int result) { return result == 0 || result == EOWNERDEAD; }

static __attribute__((noinline)) int lock_slowly(pthread_mutex_t *mutex, int result, const void *site) {
    if (result == EBUSY) {
        struct dw_wait wait;
        dw_wait_begin(&wait, DW_KIND_MUTEX, address_of(mutex), 0, 0, 0);
        result = DW_LOCKS_REAL(pthread_mutex_lock)(mutex);
        dw_wait_end(&wait, result);
    } else if (result != EOWNERDEAD) {
        result = DW_LOCKS_REAL(pthread_mutex_lock)(mutex);
    }
    if (is_acquired(result)) dw_held_push(address_of(mutex), DW_KIND_MUTEX, site, true);
    return result;
}

DW_EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex) {
    int result = DW_LIKELY(dw_may_try(mutex)) ? DW_LOCKS_REAL(pthread_mutex_trylock)(mutex) : dw_untried(mutex);
    if (DW_UNLIKELY(result != 0)) return lock_slowly(mutex, result, SITE);
    dw_held_push(address_of(mutex), DW_KIND_MUTEX, SITE, true);
    return 0;
}

DW_EXPORT int pthread_mutex_trylock(pthread_mutex_t *mutex) {
    int result = DW_LOCKS_REAL(pthread_mutex_trylock)(mutex);
    if (is_acquired(result)) dw_held_push(address_of(mutex), DW_KIND_MUTEX, SITE, false);
    return result;
}

DW_EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    dw_held_pop(address_of(mutex));
    return DW_LOCKS_REAL(pthread_mutex_unlock)(mutex);
}

DW_EXPORT int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
    int result = DW_LOCKS_REAL(pthread_mutex_init)(mutex, attributes);
    if (result == 0) dw_held_forget(address_of(mutex));
    return result;
}

DW_EXPORT int pthread_mutex_destroy(pthread_mutex_t *mutex) {
    int result = DW_LOCKS_REAL(pthread_mutex_destroy)(mutex);
    if (result == 0) dw_held_forget(address_of(mutex));
    return result;
}

// C11's mutexes are pthread's inside (nptl/mtx_lock.c), but do not call the names above.

DW_EXPORT int mtx_init(mtx_t *mutex, int type) {
    int result = DW_LOCKS_REAL(mtx_init)(mutex, type);
    if (result == thrd_success) dw_held_forget(address_of(mutex));
    return result;
}

DW_EXPORT void mtx_destroy(mtx_t *mutex) {
    DW_LOCKS_REAL(mtx_destroy)(mutex);
    dw_held_forget(address_of(mutex));
}

DW_EXPORT int mtx_lock(mtx_t *mutex) {
    int result = DW_LOCKS_REAL(mtx_trylock)(mutex);
    if (result == thrd_busy) {
        struct dw_wait wait;
        dw_wait_begin(&wait, DW_KIND_MUTEX, address_of(mutex), 0, 0, 0);
        result = DW_LOCKS_REAL(mtx_lock)(mutex);
        dw_wait_end(&wait, result == thrd_success ? 0 : EINVAL);
    } else if (result != thrd_success) {
        result = DW_LOCKS_REAL(mtx_lock)(mutex);
    }
    if (result == thrd_success) dw_held_push(address_of(mutex), DW_KIND_MUTEX, SITE, true);
    return result;
}

DW_EXPORT int mtx_trylock(mtx_t *mutex) {
    int result = DW_LOCKS_REAL(mtx_trylock)(mutex);
    if (result == thrd_success) dw_held_push(address_of(mutex), DW_KIND_MUTEX, SITE, false);
    return result;
}

DW_EXPORT int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict deadline) {
    int result = DW_LOCKS_REAL(mtx_trylock)(mutex);
    if (result == thrd_busy) {
        struct dw_wait wait;
        dw_wait_begin(&wait, DW_KIND_MUTEX, address_of(mutex), 0, DW_WAIT_TIMED,
                      dw_time_left(CLOCK_REALTIME, deadline));
        result = DW_LOCKS_REAL(mtx_timedlock)(mutex, deadline);
        dw_wait_end(&wait, result == thrd_success ? 0 : result == thrd_timedout ? ETIMEDOUT : EINVAL);
    } else if (result != thrd_success) {
        result = DW_LOCKS_REAL(mtx_timedlock)(mutex, deadline);
    }
    if (result == thrd_success) dw_held_push(address_of(mutex), DW_KIND_MUTEX, SITE, true);
    return result;
}

DW_EXPORT int mtx_unlock(mtx_t *mutex) {
    dw_held_pop(address_of(mutex));
    return DW_LOCKS_REAL(mtx_unlock)(mutex);
}
