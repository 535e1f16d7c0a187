/// Locks of POSIX threads. Sources as for POSIX threads; names that begin with two underscores are glibc's own of old,
/// which it still exports (pthread.h of glibc 2.36 and before).
extension KnownFunctionTable {
    mutating func addPOSIXLocks() {
        library = .libc
        let until = { Primitive.Timeout(operand: $0, report: .status(Primitives.timedOut)) }

        primitive("pthread_mutex_lock", "__pthread_mutex_lock", does: .acquire(.mutex, 0).shared)
        primitive("pthread_mutex_timedlock", does: .acquire(.mutex, 0, timeout: until(1)).shared)
        primitive("pthread_mutex_clocklock", does: .acquire(.mutex, 0, timeout: until(2)).shared)
        primitive(
            "pthread_mutex_trylock", "__pthread_mutex_trylock", does: .of(.tryAcquire, .mutex, 0).shared)
        primitive("pthread_mutex_unlock", "__pthread_mutex_unlock", does: .of(.release, .mutex, 0).shared)
        primitive("pthread_mutex_init", "__pthread_mutex_init", does: .of(.initialize, .mutex, 0).shared)
        primitive("pthread_mutex_destroy", "__pthread_mutex_destroy", does: .of(.destroy, .mutex, 0).shared)

        primitive("pthread_rwlock_rdlock", "__pthread_rwlock_rdlock", does: .acquire(.readLock, 0).shared)
        primitive("pthread_rwlock_wrlock", "__pthread_rwlock_wrlock", does: .acquire(.writeLock, 0).shared)
        primitive("pthread_rwlock_timedrdlock", does: .acquire(.readLock, 0, timeout: until(1)).shared)
        primitive("pthread_rwlock_timedwrlock", does: .acquire(.writeLock, 0, timeout: until(1)).shared)
        primitive("pthread_rwlock_clockrdlock", does: .acquire(.readLock, 0, timeout: until(2)).shared)
        primitive("pthread_rwlock_clockwrlock", does: .acquire(.writeLock, 0, timeout: until(2)).shared)
        primitive(
            "pthread_rwlock_tryrdlock", "__pthread_rwlock_tryrdlock",
            does: .of(.tryAcquire, .readLock, 0).shared)
        primitive(
            "pthread_rwlock_trywrlock", "__pthread_rwlock_trywrlock",
            does: .of(.tryAcquire, .writeLock, 0).shared)
        primitive("pthread_rwlock_unlock", "__pthread_rwlock_unlock", does: .of(.release, .writeLock, 0).shared)
        primitive("pthread_rwlock_init", "__pthread_rwlock_init", does: .of(.initialize, .writeLock, 0).shared)
        primitive(
            "pthread_rwlock_destroy", "__pthread_rwlock_destroy", does: .of(.destroy, .writeLock, 0).shared)

        primitive("pthread_spin_lock", does: .acquire(.spinlock, 0).shared)
        primitive("pthread_spin_trylock", does: .of(.tryAcquire, .spinlock, 0).shared)
        primitive("pthread_spin_unlock", does: .of(.release, .spinlock, 0).shared)
        primitive("pthread_spin_init", does: .of(.initialize, .spinlock, 0).shared)
        primitive("pthread_spin_destroy", does: .of(.destroy, .spinlock, 0).shared)
    }
}
