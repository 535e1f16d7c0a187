#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "dw_hold.h"
#include "dw_real.h"
#include "dw_runtime.h"

/// The clock of a condition's deadlines: glibc keeps it in bit 1 of __wrefs (nptl/pthread_cond_wait.c, 2.25 on).
static clockid_t dw_condition_clock(const pthread_cond_t *condition) {
    return (DW_GET(condition->__data.__wrefs) & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

#define WAIT(condition, mutex, flags, left, call)                                                                      \
    struct dw_wait wait;                                                                                               \
    int result;                                                                                                        \
    const void *site = __builtin_return_address(0);                                                                    \
    dw_wait_begin(&wait, DW_KIND_CONDITION, (uint64_t)(uintptr_t)(condition), (uint64_t)(uintptr_t)(mutex), flags,     \
                  left);                                                                                               \
    /* libc gives the mutex back and takes it again, also before the handlers of a cancelled thread run. */            \
    dw_held_released((uint64_t)(uintptr_t)(mutex));                                                                    \
    pthread_cleanup_push(dw_wait_cancelled, &wait);                                                                    \
    result = call;                                                                                                     \
    pthread_cleanup_pop(0);                                                                                            \
    dw_held_acquired((uint64_t)(uintptr_t)(mutex), DW_KIND_MUTEX, site)

DW_EXPORT int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
    int shared = PTHREAD_PROCESS_PRIVATE;
    if (attributes != 0) pthread_condattr_getpshared(attributes, &shared);
    int result = DW_REAL(pthread_cond_init)(condition, attributes);
    if (result == 0)
        dw_object_initialised((uint64_t)(uintptr_t)condition, DW_KIND_CONDITION,
                              shared == PTHREAD_PROCESS_SHARED ? DW_OBJECT_SHARED : 0);
    return result;
}

DW_EXPORT int pthread_cond_destroy(pthread_cond_t *condition) {
    int result = DW_REAL(pthread_cond_destroy)(condition);
    if (result == 0) dw_object_destroyed((uint64_t)(uintptr_t)condition);
    return result;
}

DW_EXPORT int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
    __typeof__(dw_real.pthread_cond_wait) real = DW_REAL(pthread_cond_wait);
    WAIT(condition, mutex, 0, 0, real(condition, mutex));
    dw_wait_end(&wait, result);
    return result;
}

DW_EXPORT int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline) {
    __typeof__(dw_real.pthread_cond_timedwait) real = DW_REAL(pthread_cond_timedwait);
    WAIT(condition, mutex, DW_WAIT_TIMED, dw_time_left(dw_condition_clock(condition), deadline),
         real(condition, mutex, deadline));
    dw_wait_end(&wait, result);
    return result;
}

DW_EXPORT int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                     const struct timespec *deadline) {
    __typeof__(dw_real.pthread_cond_clockwait) real = DW_REAL(pthread_cond_clockwait);
    WAIT(condition, mutex, DW_WAIT_TIMED, dw_time_left(clock, deadline), real(condition, mutex, clock, deadline));
    dw_wait_end(&wait, result);
    return result;
}

DW_EXPORT int pthread_cond_signal(pthread_cond_t *condition) {
    dw_signalled((uint64_t)(uintptr_t)condition, DW_KIND_CONDITION, false, __builtin_return_address(0));
    return DW_REAL(pthread_cond_signal)(condition);
}

DW_EXPORT int pthread_cond_broadcast(pthread_cond_t *condition) {
    dw_signalled((uint64_t)(uintptr_t)condition, DW_KIND_CONDITION, true, __builtin_return_address(0));
    return DW_REAL(pthread_cond_broadcast)(condition);
}

// C11's conditions are glibc's own inside (sysdeps/nptl/threads.h, nptl/cnd_*.c), but do not call the POSIX names.

DW_EXPORT int cnd_init(cnd_t *condition) {
    int result = DW_REAL(cnd_init)(condition);
    if (result == thrd_success) dw_object_initialised((uint64_t)(uintptr_t)condition, DW_KIND_CONDITION, 0);
    return result;
}

DW_EXPORT void cnd_destroy(cnd_t *condition) {
    DW_REAL(cnd_destroy)(condition);
    dw_object_destroyed((uint64_t)(uintptr_t)condition);
}

DW_EXPORT int cnd_wait(cnd_t *condition, mtx_t *mutex) {
    __typeof__(dw_real.cnd_wait) real = DW_REAL(cnd_wait);
    WAIT(condition, mutex, 0, 0, real(condition, mutex));
    dw_wait_end(&wait, result == thrd_success ? 0 : EINVAL);
    return result;
}

DW_EXPORT int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict deadline) {
    __typeof__(dw_real.cnd_timedwait) real = DW_REAL(cnd_timedwait);
    WAIT(condition, mutex, DW_WAIT_TIMED, dw_time_left(CLOCK_REALTIME, deadline), real(condition, mutex, deadline));
    dw_wait_end(&wait, result == thrd_success ? 0 : result == thrd_timedout ? ETIMEDOUT : EINVAL);
    return result;
}

DW_EXPORT int cnd_signal(cnd_t *condition) {
    dw_signalled((uint64_t)(uintptr_t)condition, DW_KIND_CONDITION, false, __builtin_return_address(0));
    return DW_REAL(cnd_signal)(condition);
}

DW_EXPORT int cnd_broadcast(cnd_t *condition) {
    dw_signalled((uint64_t)(uintptr_t)condition, DW_KIND_CONDITION, true, __builtin_return_address(0));
    return DW_REAL(cnd_broadcast)(condition);
}
