import CDeadwait
import Glibc

/// What the program's own locks and conditions do; those of pthreads, and futexes, are seen without this.
extension ObservedObject {
    /// How a thread waits for the object.
    public enum WaitKind: Sendable {
        case lock
        /// As one of several readers.
        case sharedLock
        /// For an event that others signal.
        case event
        /// In a loop that looks at a word again and again.
        case spin
    }

    public enum WaitEnd: Sendable {
        case done
        case timedOut
    }

    /// Runs `body`, in which the calling thread blocks on the object. `timeout` counts from now; nil is without one.
    ///
    /// Belongs on the path on which the thread does block: the record takes some 150 ns.
    @inlinable @discardableResult public func withWait<Failure: Error>(
        _ kind: WaitKind, timeout: Duration? = nil, _ body: () throws(Failure) -> WaitEnd
    ) throws(Failure) -> WaitEnd {
        if !Instrument.isLoaded { return try body() }
        let wait = RecordedWait(for: address, kind, timeout: timeout)
        var end = WaitEnd.done
        defer { wait.end(end) }
        end = try body()
        return end
    }

    /// The calling thread has acquired the lock.
    ///
    /// With `withoutStack` neither the call stack nor the exact time are kept: for locks taken very often.
    @inlinable public func acquired(shared: Bool = false, withoutStack: Bool = false) {
        var flags = shared ? DEADWAIT_SHARED.rawValue : 0
        if withoutStack { flags |= DEADWAIT_WITHOUT_STACK.rawValue }
        dw_lock_acquired(address, flags)
    }

    /// The calling thread is about to release the lock, and still has it.
    @inlinable public func released() { dw_lock_released(address) }

    /// The calling thread is about to let one waiter go on.
    @inlinable public func signalled() { dw_condition_signalled(address) }

    /// The calling thread is about to let all waiters go on.
    @inlinable public func broadcast() { dw_condition_broadcast(address) }
}

/// A wait that has begun. Its record needs a place that stays the same until it has ended, so that it is allocated:
/// only where a thread is about to block.
@usableFromInline struct RecordedWait {
    private let scope: UnsafeMutablePointer<dw_wait_scope>

    @usableFromInline init(for object: UnsafeRawPointer, _ kind: ObservedObject.WaitKind, timeout: Duration? = nil) {
        scope = .allocate(capacity: 1)
        let nanoseconds = timeout?.clampedNanoseconds ?? UInt64.max
        switch kind {
        case .lock: dw_lock_wait_begin(scope, object, DEADWAIT_EXCLUSIVE.rawValue, nanoseconds)
        case .sharedLock: dw_lock_wait_begin(scope, object, DEADWAIT_SHARED.rawValue, nanoseconds)
        case .event: dw_condition_wait_begin(scope, object, nil, nanoseconds)
        case .spin: dw_spin_begin(scope, object, nanoseconds)
        }
    }

    @usableFromInline func end(_ end: ObservedObject.WaitEnd = .done) {
        dw_wait_end(scope, end == .timedOut ? ETIMEDOUT : 0)
        scope.deallocate()
    }
}

extension Duration {
    /// At least 0 and never the value that stands for "without a timeout".
    var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return overflow || carry ? UInt64.max - 1 : min(sum, UInt64.max - 1)
    }
}
