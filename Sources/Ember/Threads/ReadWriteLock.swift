import Glibc
import Instrumentation

/// A reader-writer lock of pthreads that knows its name. Readers are preferred (glibc's default), and a thread that
/// holds it must not take it again in the other mode.
public final class ReadWriteLock: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_rwlock_t>

    /// `name` is what a report calls it.
    public init(_ name: String) {
        lock = .allocate(capacity: 1)
        // Without attributes it cannot fail (glibc, nptl/pthread_rwlock_init.c).
        pthread_rwlock_init(lock, nil)
        ObservedObject(at: lock).name(name, as: .readWriteLock)
    }

    deinit {
        ObservedObject(at: lock).forget()
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    public func lockShared() { pthread_rwlock_rdlock(lock) }
    public func lockExclusive() { pthread_rwlock_wrlock(lock) }
    public func unlock() { pthread_rwlock_unlock(lock) }

    @inline(__always)
    public func withSharedLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        lockShared()
        defer { unlock() }
        return try body()
    }

    @inline(__always)
    public func withExclusiveLock<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lockExclusive()
        defer { unlock() }
        return try body()
    }
}
