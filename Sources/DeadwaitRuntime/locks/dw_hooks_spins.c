#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>

#include "dw_held.h"
#include "dw_locks_real.h"

// Spin locks, and those functions of read-write locks that only matter to the list of held locks.

#define SITE __builtin_return_address(0)

static uint64_t address_of(const volatile void *object) { return (uint64_t)(uintptr_t)object; }

DW_EXPORT int pthread_spin_lock(pthread_spinlock_t *lock) {
    int result = DW_LOCKS_REAL(pthread_spin_trylock)(lock);
    if (DW_UNLIKELY(result == EBUSY)) {
        struct dw_wait wait;
        dw_wait_begin(&wait, DW_KIND_SPIN, address_of(lock), 0, 0, 0);
        result = DW_LOCKS_REAL(pthread_spin_lock)(lock);
        dw_wait_end(&wait, result);
    }
    if (result == 0) dw_held_push(address_of(lock), DW_KIND_SPIN, SITE, true);
    return result;
}

DW_EXPORT int pthread_spin_trylock(pthread_spinlock_t *lock) {
    int result = DW_LOCKS_REAL(pthread_spin_trylock)(lock);
    if (result == 0) dw_held_push(address_of(lock), DW_KIND_SPIN, SITE, false);
    return result;
}

DW_EXPORT int pthread_spin_unlock(pthread_spinlock_t *lock) {
    dw_held_pop(address_of(lock));
    return DW_LOCKS_REAL(pthread_spin_unlock)(lock);
}

DW_EXPORT int pthread_spin_init(pthread_spinlock_t *lock, int shared) {
    int result = DW_LOCKS_REAL(pthread_spin_init)(lock, shared);
    if (result == 0) dw_held_forget(address_of(lock));
    return result;
}

DW_EXPORT int pthread_spin_destroy(pthread_spinlock_t *lock) {
    int result = DW_LOCKS_REAL(pthread_spin_destroy)(lock);
    if (result == 0) dw_held_forget(address_of(lock));
    return result;
}

DW_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock) {
    int result = DW_LOCKS_REAL(pthread_rwlock_tryrdlock)(lock);
    if (result == 0) dw_held_push(address_of(lock), DW_KIND_RWLOCK_READ, SITE, false);
    return result;
}

DW_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *lock) {
    int result = DW_LOCKS_REAL(pthread_rwlock_trywrlock)(lock);
    if (result == 0) dw_held_push(address_of(lock), DW_KIND_RWLOCK_WRITE, SITE, false);
    return result;
}

DW_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *lock) {
    dw_held_pop(address_of(lock));
    return DW_LOCKS_REAL(pthread_rwlock_unlock)(lock);
}

DW_EXPORT int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes) {
    int result = DW_LOCKS_REAL(pthread_rwlock_init)(lock, attributes);
    if (result == 0) dw_held_forget(address_of(lock));
    return result;
}

DW_EXPORT int pthread_rwlock_destroy(pthread_rwlock_t *lock) {
    int result = DW_LOCKS_REAL(pthread_rwlock_destroy)(lock);
    if (result == 0) dw_held_forget(address_of(lock));
    return result;
}
