import Glibc
import Instrumentation

/// A mutex of pthreads that knows its name.
///
/// It lives on the heap, since a mutex must not move, and for as long as this object does. Not recursive: to lock it
/// twice on one thread is a deadlock.
public final class Lock: @unchecked Sendable {
    let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// `name` is what a report calls it.
    public init(_ name: String) {
        mutex = .allocate(capacity: 1)
        // Without attributes it cannot fail (glibc, nptl/pthread_mutex_init.c).
        pthread_mutex_init(mutex, nil)
        ObservedObject(at: mutex).name(name, as: .mutex)
    }

    deinit {
        ObservedObject(at: mutex).forget()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    public func lock() { pthread_mutex_lock(mutex) }

    /// Takes the lock if it is free; whether it did.
    public func tryLock() -> Bool { pthread_mutex_trylock(mutex) == 0 }

    public func unlock() { pthread_mutex_unlock(mutex) }

    @inline(__always)
    public func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }
}
