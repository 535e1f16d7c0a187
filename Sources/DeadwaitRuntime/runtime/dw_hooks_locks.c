#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "dw_hold.h"
#include "dw_real.h"
#include "dw_runtime.h"
#include "dw_try.h"

// What blocks rarely is tried first, and recorded only where the try fails. None of these is a cancellation point.

static uint64_t dw_address(const volatile void *object) { return (uint64_t)(uintptr_t)object; }

/// Whether libc may take this deadline. Where not, the lock is not tried, since libc complains of some of them even when
/// the lock is free; its own function decides (nptl/pthread_mutex_timedlock.c and pthread_rwlock_common.c).
static bool dw_is_deadline(clockid_t clock, const struct timespec *deadline) {
    return deadline != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && deadline->tv_nsec >= 0 &&
           deadline->tv_nsec < 1000000000;
}

#define TRY(name, lock, clock, deadline) dw_is_deadline(clock, deadline) ? DW_REAL(name)(lock) : EINVAL
#define TRY_MUTEX(mutex, clock, deadline)                                                                              \
    dw_may_try(mutex) ? TRY(pthread_mutex_trylock, mutex, clock, deadline) : dw_untried(mutex)

#define LOCK(lock, kind, try_call, flags, left, call)                                                                  \
    int result = try_call;                                                                                             \
    if (DW_UNLIKELY(result == EBUSY)) {                                                                                \
        struct dw_wait wait;                                                                                           \
        dw_wait_begin(&wait, kind, dw_address(lock), 0, flags, left);                                                  \
        result = call;                                                                                                 \
        dw_wait_end(&wait, result);                                                                                    \
    } else if (DW_UNLIKELY(result != 0 && result != EOWNERDEAD)) {                                                     \
        result = call; /* EAGAIN, EINVAL and their like: let the function itself say it */                             \
    }                                                                                                                  \
    if (result == 0 || result == EOWNERDEAD) dw_held_acquired(dw_address(lock), kind, __builtin_return_address(0));    \
    return result

DW_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *lock) {
    LOCK(lock, DW_KIND_RWLOCK_READ, DW_REAL(pthread_rwlock_tryrdlock)(lock), DW_WAIT_SHARED, 0,
         DW_REAL(pthread_rwlock_rdlock)(lock));
}

DW_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *lock) {
    LOCK(lock, DW_KIND_RWLOCK_WRITE, DW_REAL(pthread_rwlock_trywrlock)(lock), 0, 0, DW_REAL(pthread_rwlock_wrlock)(lock));
}

DW_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict deadline) {
    LOCK(lock, DW_KIND_RWLOCK_READ, TRY(pthread_rwlock_tryrdlock, lock, CLOCK_REALTIME, deadline),
         DW_WAIT_SHARED | DW_WAIT_TIMED, dw_time_left(CLOCK_REALTIME, deadline), DW_REAL(pthread_rwlock_timedrdlock)(lock, deadline));
}

DW_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict deadline) {
    LOCK(lock, DW_KIND_RWLOCK_WRITE, TRY(pthread_rwlock_trywrlock, lock, CLOCK_REALTIME, deadline), DW_WAIT_TIMED,
         dw_time_left(CLOCK_REALTIME, deadline), DW_REAL(pthread_rwlock_timedwrlock)(lock, deadline));
}

DW_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict lock, clockid_t clock,
                                         const struct timespec *restrict deadline) {
    LOCK(lock, DW_KIND_RWLOCK_READ, TRY(pthread_rwlock_tryrdlock, lock, clock, deadline),
         DW_WAIT_SHARED | DW_WAIT_TIMED, dw_time_left(clock, deadline), DW_REAL(pthread_rwlock_clockrdlock)(lock, clock, deadline));
}

DW_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict lock, clockid_t clock,
                                         const struct timespec *restrict deadline) {
    LOCK(lock, DW_KIND_RWLOCK_WRITE, TRY(pthread_rwlock_trywrlock, lock, clock, deadline), DW_WAIT_TIMED,
         dw_time_left(clock, deadline), DW_REAL(pthread_rwlock_clockwrlock)(lock, clock, deadline));
}

DW_EXPORT int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict deadline) {
    LOCK(mutex, DW_KIND_MUTEX, TRY_MUTEX(mutex, CLOCK_REALTIME, deadline), DW_WAIT_TIMED,
         dw_time_left(CLOCK_REALTIME, deadline), DW_REAL(pthread_mutex_timedlock)(mutex, deadline));
}

DW_EXPORT int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock,
                                      const struct timespec *restrict deadline) {
    LOCK(mutex, DW_KIND_MUTEX, TRY_MUTEX(mutex, clock, deadline), DW_WAIT_TIMED,
         dw_time_left(clock, deadline), DW_REAL(pthread_mutex_clocklock)(mutex, clock, deadline));
}

DW_EXPORT int pthread_barrier_init(pthread_barrier_t *restrict barrier, const pthread_barrierattr_t *restrict attributes,
                                   unsigned count) {
    int shared = PTHREAD_PROCESS_PRIVATE;
    if (attributes != 0) pthread_barrierattr_getpshared(attributes, &shared);
    int result = DW_REAL(pthread_barrier_init)(barrier, attributes, count);
    if (result == 0)
        dw_object_initialised(dw_address(barrier), DW_KIND_BARRIER,
                              shared == PTHREAD_PROCESS_SHARED ? DW_OBJECT_SHARED : 0);
    return result;
}

DW_EXPORT int pthread_barrier_destroy(pthread_barrier_t *barrier) {
    int result = DW_REAL(pthread_barrier_destroy)(barrier);
    if (result == 0) dw_object_destroyed(dw_address(barrier));
    return result;
}

DW_EXPORT int pthread_barrier_wait(pthread_barrier_t *barrier) {
    struct dw_wait wait;
    dw_wait_begin(&wait, DW_KIND_BARRIER, dw_address(barrier), 0, 0, 0);
    int result = DW_REAL(pthread_barrier_wait)(barrier);
    dw_wait_end(&wait, result == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : result);
    // One of those released is told so: it stands for the opening.
    if (result == PTHREAD_BARRIER_SERIAL_THREAD && dw_object_if_known(dw_address(barrier)) != 0)
        dw_signalled(dw_address(barrier), DW_KIND_BARRIER, true, __builtin_return_address(0));
    return result;
}

// A once control in progress makes others wait. libc does not say beforehand whether a call will run the routine or
// wait for another thread's: a wait is recorded, and taken back when the routine is entered.

static __thread struct dw_once {
    void (*routine)(void);
    struct dw_wait *wait;
} dw_once __attribute__((tls_model("initial-exec")));

static void dw_once_entered(void) {
    struct dw_once mine = dw_once; // the routine may call pthread_once itself
    dw_wait_end(mine.wait, 0);
    mine.wait->self = 0;
    mine.routine();
}

/// glibc's control word has bit 1 set once the routine has been run (nptl/pthread_once.c, __PTHREAD_ONCE_DONE).
static bool dw_is_done(const int *control) { return (__atomic_load_n(control, __ATOMIC_ACQUIRE) & 2) != 0; }

DW_EXPORT int pthread_once(pthread_once_t *control, void (*routine)(void)) {
    __typeof__(dw_real.pthread_once) real = DW_REAL(pthread_once);
    if (DW_LIKELY(dw_is_done(control)) || !dw_is_recording()) return real(control, routine);
    struct dw_wait wait;
    int result;
    dw_wait_begin(&wait, DW_KIND_ONCE, dw_address(control), 0, 0, 0);
    dw_once = (struct dw_once){routine, &wait};
    pthread_cleanup_push(dw_wait_cancelled, &wait);
    result = real(control, dw_once_entered);
    pthread_cleanup_pop(0);
    dw_wait_end(&wait, result);
    return result;
}

DW_EXPORT void call_once(once_flag *control, void (*routine)(void)) {
    __typeof__(dw_real.call_once) real = DW_REAL(call_once);
    if (DW_LIKELY(dw_is_done((const int *)control)) || !dw_is_recording()) {
        real(control, routine);
        return;
    }
    struct dw_wait wait;
    dw_wait_begin(&wait, DW_KIND_ONCE, dw_address(control), 0, 0, 0);
    dw_once = (struct dw_once){routine, &wait};
    pthread_cleanup_push(dw_wait_cancelled, &wait);
    real(control, dw_once_entered);
    pthread_cleanup_pop(0);
    dw_wait_end(&wait, 0);
}
