/// libc's own functions behind the hooks, looked up once.
///
/// pthread_cond_* exist in two versions on x86-64, with different layouts of pthread_cond_t; the default one has to be
/// asked for by name (GLIBC_2.3.2), since RTLD_NEXT without a version may answer with the oldest.
/// RTLD_NEXT also finds the interceptors of a sanitizer or of another preloaded library, so that hooks chain.
#ifndef DEADWAIT_REAL_H
#define DEADWAIT_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>

#include "dw_runtime.h"

// pthread_cleanup_push comes in two forms. The one for compilers without exceptions registers a buffer with libc, which
// a longjmp out of a signal handler, or a C++ exception through pthread_once, would leave behind.
#ifndef __EXCEPTIONS
#error "compile the runtime with -fexceptions"
#endif

#pragma GCC visibility push(hidden)

// name, version or null, result, parameters
#define DW_REAL_FUNCTIONS(X)                                                                                           \
    X(pthread_create, 0, int, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))                        \
    X(pthread_join, 0, int, (pthread_t, void **))                                                                      \
    X(pthread_timedjoin_np, 0, int, (pthread_t, void **, const struct timespec *))                                     \
    X(pthread_clockjoin_np, 0, int, (pthread_t, void **, clockid_t, const struct timespec *))                          \
    X(pthread_tryjoin_np, 0, int, (pthread_t, void **))                                                                \
    X(pthread_detach, 0, int, (pthread_t))                                                                             \
    X(pthread_cancel, 0, int, (pthread_t))                                                                             \
    X(pthread_exit, 0, void, (void *))                                                                                 \
    X(pthread_setname_np, 0, int, (pthread_t, const char *))                                                           \
    X(thrd_create, 0, int, (thrd_t *, thrd_start_t, void *))                                                           \
    X(thrd_join, 0, int, (thrd_t, int *))                                                                              \
    X(thrd_detach, 0, int, (thrd_t))                                                                                   \
    X(thrd_exit, 0, void, (int))                                                                                       \
    X(pthread_cond_init, "GLIBC_2.3.2", int, (pthread_cond_t *, const pthread_condattr_t *))                           \
    X(pthread_cond_destroy, "GLIBC_2.3.2", int, (pthread_cond_t *))                                                    \
    X(pthread_cond_wait, "GLIBC_2.3.2", int, (pthread_cond_t *, pthread_mutex_t *))                                    \
    X(pthread_cond_timedwait, "GLIBC_2.3.2", int, (pthread_cond_t *, pthread_mutex_t *, const struct timespec *))      \
    X(pthread_cond_clockwait, 0, int, (pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *))       \
    X(pthread_cond_signal, "GLIBC_2.3.2", int, (pthread_cond_t *))                                                     \
    X(pthread_cond_broadcast, "GLIBC_2.3.2", int, (pthread_cond_t *))                                                  \
    X(cnd_init, 0, int, (cnd_t *))                                                                                     \
    X(cnd_destroy, 0, void, (cnd_t *))                                                                                 \
    X(cnd_wait, 0, int, (cnd_t *, mtx_t *))                                                                            \
    X(cnd_timedwait, 0, int, (cnd_t *, mtx_t *, const struct timespec *))                                              \
    X(cnd_signal, 0, int, (cnd_t *))                                                                                   \
    X(cnd_broadcast, 0, int, (cnd_t *))                                                                                \
    X(pthread_mutex_timedlock, 0, int, (pthread_mutex_t *, const struct timespec *))                                   \
    X(pthread_mutex_clocklock, 0, int, (pthread_mutex_t *, clockid_t, const struct timespec *))                        \
    X(pthread_mutex_trylock, 0, int, (pthread_mutex_t *))                                                              \
    X(pthread_rwlock_tryrdlock, 0, int, (pthread_rwlock_t *))                                                          \
    X(pthread_rwlock_trywrlock, 0, int, (pthread_rwlock_t *))                                                          \
    X(pthread_rwlock_rdlock, 0, int, (pthread_rwlock_t *))                                                             \
    X(pthread_rwlock_wrlock, 0, int, (pthread_rwlock_t *))                                                             \
    X(pthread_rwlock_timedrdlock, 0, int, (pthread_rwlock_t *, const struct timespec *))                               \
    X(pthread_rwlock_timedwrlock, 0, int, (pthread_rwlock_t *, const struct timespec *))                               \
    X(pthread_rwlock_clockrdlock, 0, int, (pthread_rwlock_t *, clockid_t, const struct timespec *))                    \
    X(pthread_rwlock_clockwrlock, 0, int, (pthread_rwlock_t *, clockid_t, const struct timespec *))                    \
    X(pthread_barrier_wait, 0, int, (pthread_barrier_t *))                                                             \
    X(pthread_barrier_init, 0, int, (pthread_barrier_t *, const pthread_barrierattr_t *, unsigned))                    \
    X(pthread_barrier_destroy, 0, int, (pthread_barrier_t *))                                                          \
    X(pthread_once, 0, int, (pthread_once_t *, void (*)(void)))                                                        \
    X(call_once, 0, void, (once_flag *, void (*)(void)))                                                               \
    X(sem_init, 0, int, (sem_t *, int, unsigned))                                                                      \
    X(sem_destroy, 0, int, (sem_t *))                                                                                  \
    X(sem_wait, 0, int, (sem_t *))                                                                                     \
    X(sem_trywait, 0, int, (sem_t *))                                                                                  \
    X(sem_timedwait, 0, int, (sem_t *, const struct timespec *))                                                       \
    X(sem_clockwait, 0, int, (sem_t *, clockid_t, const struct timespec *))                                            \
    X(sem_post, 0, int, (sem_t *))                                                                                     \
    X(dlclose, 0, int, (void *))                                                                                       \
    X(fork, 0, pid_t, (void))                                                                                          \
    X(_Fork, 0, pid_t, (void))

#define DW_REAL_FIELD(name, version, result, parameters) result(*name) parameters;
extern struct dw_real {
    DW_REAL_FUNCTIONS(DW_REAL_FIELD)
} dw_real;
#undef DW_REAL_FIELD

/// libc's function of that name. A hook may run before the library's constructor, so it is looked up on demand.
#define DW_REAL(name) (DW_LIKELY(dw_real.name != 0) ? dw_real.name : (dw_initialise(), dw_find_##name()))

#define DW_REAL_FINDER(name, version, result, parameters)                                                              \
    __typeof__(dw_real.name) dw_find_##name(void);
DW_REAL_FUNCTIONS(DW_REAL_FINDER)
#undef DW_REAL_FINDER

/// libc's syscall(), apart from the others: dw_futex.c jumps to it.
extern void *dw_real_syscall;

/// Looks all of them up.
void dw_find_all(void);

#pragma GCC visibility pop

#endif
