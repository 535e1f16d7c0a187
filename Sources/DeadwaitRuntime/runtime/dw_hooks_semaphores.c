#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "dw_real.h"
#include "dw_runtime.h"

// sem_wait and its kin are cancellation points even when they need not wait; sem_trywait is none.

/// Whether a wait with a deadline will be over at once: glibc keeps the count in the low half (nptl/sem_waitcommon.c,
/// 64-bit). Its functions check the deadline first, so they are called in any case.
static int dw_is_open(const sem_t *semaphore) { return DW_GET(*(const unsigned *)semaphore) != 0; }

#define WAIT(semaphore, flags, left, call)                                                                             \
    struct dw_wait wait;                                                                                               \
    int result;                                                                                                        \
    dw_wait_begin(&wait, DW_KIND_SEMAPHORE, (uint64_t)(uintptr_t)(semaphore), 0, flags, left);                         \
    pthread_cleanup_push(dw_wait_cancelled, &wait);                                                                    \
    result = call;                                                                                                     \
    pthread_cleanup_pop(0);                                                                                            \
    dw_wait_end(&wait, result == 0 ? 0 : errno);                                                                       \
    return result

DW_EXPORT int sem_init(sem_t *semaphore, int shared, unsigned value) {
    int result = DW_REAL(sem_init)(semaphore, shared, value);
    if (result == 0)
        dw_object_initialised((uint64_t)(uintptr_t)semaphore, DW_KIND_SEMAPHORE, shared != 0 ? DW_OBJECT_SHARED : 0);
    return result;
}

DW_EXPORT int sem_destroy(sem_t *semaphore) {
    int result = DW_REAL(sem_destroy)(semaphore);
    if (result == 0) dw_object_destroyed((uint64_t)(uintptr_t)semaphore);
    return result;
}

DW_EXPORT int sem_wait(sem_t *semaphore) {
    __typeof__(dw_real.sem_wait) real = DW_REAL(sem_wait);
    int saved = errno;
    pthread_testcancel();
    if (DW_LIKELY(DW_REAL(sem_trywait)(semaphore) == 0)) return 0;
    errno = saved;
    WAIT(semaphore, 0, 0, real(semaphore));
}

DW_EXPORT int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
    __typeof__(dw_real.sem_timedwait) real = DW_REAL(sem_timedwait);
    if (DW_LIKELY(dw_is_open(semaphore))) return real(semaphore, deadline);
    WAIT(semaphore, DW_WAIT_TIMED, dw_time_left(CLOCK_REALTIME, deadline), real(semaphore, deadline));
}

DW_EXPORT int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict deadline) {
    __typeof__(dw_real.sem_clockwait) real = DW_REAL(sem_clockwait);
    if (DW_LIKELY(dw_is_open(semaphore))) return real(semaphore, clock, deadline);
    WAIT(semaphore, DW_WAIT_TIMED, dw_time_left(clock, deadline), real(semaphore, clock, deadline));
}

DW_EXPORT int sem_post(sem_t *semaphore) {
    dw_signalled((uint64_t)(uintptr_t)semaphore, DW_KIND_SEMAPHORE, false, __builtin_return_address(0));
    return DW_REAL(sem_post)(semaphore);
}
