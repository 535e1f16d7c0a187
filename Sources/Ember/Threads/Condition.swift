import Glibc
import Instrumentation

/// A condition variable of pthreads, on the monotonic clock, that knows its name and who signals it.
public final class Condition: @unchecked Sendable {
    let condition: UnsafeMutablePointer<pthread_cond_t>

    /// What a report is told about it: its predicate, or how many arrivals it waits for.
    public var observed: ObservedObject { ObservedObject(at: condition) }

    /// `name` is what a report calls it; `roles` are the roles of the threads that signal it, "application" among them
    /// where any caller does.
    public convenience init(_ name: String, signalledBy roles: String...) { self.init(name, signalledBy: roles) }

    /// The same with the roles in an array.
    public init(_ name: String, signalledBy roles: [String]) {
        condition = .allocate(capacity: 1)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        // Cannot fail (glibc, nptl/pthread_cond_init.c).
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        observed.name(name, as: .condition)
        for role in roles { observed.isSignalled(byRole: role) }
    }

    deinit {
        observed.forget()
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    /// Waits until it is signalled, or wakes without a reason: the caller tests its predicate in a loop. `lock` is held
    /// before and after.
    public func wait(_ lock: Lock) { pthread_cond_wait(condition, lock.mutex) }

    /// The same for at most `timeout`; false when that has passed.
    public func wait(_ lock: Lock, for timeout: Duration) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let (seconds, attoseconds) = timeout.components
        let nanoseconds = deadline.tv_nsec + Int(attoseconds / 1_000_000_000)
        deadline.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        return pthread_cond_timedwait(condition, lock.mutex, &deadline) != ETIMEDOUT
    }

    public func signal() { pthread_cond_signal(condition) }

    public func broadcast() { pthread_cond_broadcast(condition) }
}
