import Glibc
import Instrumentation

/// The condition on which one server waits for work, with a word that keeps a signal sent while the server was at work.
final class Wakeup: @unchecked Sendable {
    enum Reason {
        /// Somebody has signalled.
        case signalled
        /// Time has passed.
        case timedOut
        /// The server is to end.
        case stopped
    }

    private let lock: Lock
    private let condition: Condition
    /// 1 from a signal until the server has seen it. On the heap for the runtime, which is told what a wait is for.
    private let isSignalled: UnsafeMutablePointer<UInt32>
    private var isStopped = false

    /// `name` is what a report calls the condition and its lock; `roles` are those of the threads that signal it.
    init(_ name: String, signalledBy roles: [String]) {
        lock = Lock(name)
        condition = Condition(name, signalledBy: roles)
        isSignalled = .allocate(capacity: 1)
        isSignalled.initialize(to: 0)
        condition.observed.isWaitedFor(until: isSignalled, equals: 1)
    }

    deinit {
        condition.observed.forget()
        isSignalled.deallocate()
    }

    /// Waits until there was a signal since the last call, at most `timeout`.
    func wait(for timeout: Duration) -> Reason {
        lock.withLock {
            if isSignalled.pointee == 0 && !isStopped { _ = condition.wait(lock, for: timeout) }
            let wasSignalled = isSignalled.pointee != 0
            isSignalled.pointee = 0
            return isStopped ? .stopped : wasSignalled ? .signalled : .timedOut
        }
    }

    func signal() {
        lock.withLock {
            isSignalled.pointee = 1
            condition.signal()
        }
    }

    /// Tells the server to end, which stays so.
    func stop() {
        lock.withLock {
            isStopped = true
            isSignalled.pointee = 1
            condition.signal()
        }
    }
}
