/// libc's functions that only libdeadwait-locks.so hooks; see dw_real.h.
#ifndef DEADWAIT_LOCKS_REAL_H
#define DEADWAIT_LOCKS_REAL_H

#include <pthread.h>
#include <threads.h>

#include "dw_runtime.h"

#pragma GCC visibility push(hidden)

#define DW_LOCKS_FUNCTIONS(X)                                                                                          \
    X(pthread_mutex_lock, int, (pthread_mutex_t *))                                                                    \
    X(pthread_mutex_trylock, int, (pthread_mutex_t *))                                                                 \
    X(pthread_mutex_unlock, int, (pthread_mutex_t *))                                                                  \
    X(pthread_mutex_init, int, (pthread_mutex_t *, const pthread_mutexattr_t *))                                       \
    X(pthread_mutex_destroy, int, (pthread_mutex_t *))                                                                 \
    X(mtx_init, int, (mtx_t *, int))                                                                                   \
    X(mtx_destroy, void, (mtx_t *))                                                                                    \
    X(mtx_lock, int, (mtx_t *))                                                                                        \
    X(mtx_trylock, int, (mtx_t *))                                                                                     \
    X(mtx_timedlock, int, (mtx_t *, const struct timespec *))                                                          \
    X(mtx_unlock, int, (mtx_t *))                                                                                      \
    X(pthread_spin_lock, int, (pthread_spinlock_t *))                                                                  \
    X(pthread_spin_trylock, int, (pthread_spinlock_t *))                                                               \
    X(pthread_spin_unlock, int, (pthread_spinlock_t *))                                                                \
    X(pthread_spin_init, int, (pthread_spinlock_t *, int))                                                             \
    X(pthread_spin_destroy, int, (pthread_spinlock_t *))                                                               \
    X(pthread_rwlock_tryrdlock, int, (pthread_rwlock_t *))                                                             \
    X(pthread_rwlock_trywrlock, int, (pthread_rwlock_t *))                                                             \
    X(pthread_rwlock_unlock, int, (pthread_rwlock_t *))                                                                \
    X(pthread_rwlock_init, int, (pthread_rwlock_t *, const pthread_rwlockattr_t *))                                    \
    X(pthread_rwlock_destroy, int, (pthread_rwlock_t *))

#define DW_LOCKS_FIELD(name, result, parameters) result(*name) parameters;
extern struct dw_locks_real {
    DW_LOCKS_FUNCTIONS(DW_LOCKS_FIELD)
} dw_locks_real;
#undef DW_LOCKS_FIELD

/// A hook may run before any constructor. All are looked up at once, so that one that is there means that all are.
#define DW_LOCKS_REAL(name) (DW_LIKELY(dw_locks_real.name != 0) ? dw_locks_real.name : (dw_locks_find(), dw_locks_real.name))
void dw_locks_find(void);

#pragma GCC visibility pop

#endif
