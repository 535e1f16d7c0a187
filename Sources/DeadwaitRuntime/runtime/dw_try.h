/// Which mutexes may be tried before they are locked.
#ifndef DEADWAIT_TRY_H
#define DEADWAIT_TRY_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

#include "dw_runtime.h"

/// Whether trying a mutex and locking it come to the same while it is free. Not so with a robust one that cannot be
/// recovered any more: glibc says ENOTRECOVERABLE to the try and keeps it locked for ever. Not so with one that has a
/// priority ceiling: the try gives it to a thread without a real-time priority, which lock refuses (glibc 2.36,
/// nptl/pthread_mutex_trylock.c; the kinds' bits are in nptl/pthreadP.h). Async-signal-safe.
static inline bool dw_may_try(const pthread_mutex_t *mutex) {
    enum { ROBUST = 16, INHERIT = 32, PROTECT = 64 };
    return (DW_GET(mutex->__data.__kind) & (ROBUST | INHERIT | PROTECT)) == 0;
}

/// What stands for the result of a try that is not made: EBUSY if locking may have to wait, else EINVAL.
static inline int dw_untried(const pthread_mutex_t *mutex) { return DW_GET(mutex->__data.__lock) != 0 ? EBUSY : EINVAL; }

#endif
