import CDeadwait

/// A condition, lock or semaphore about which the program has something to say: of pthreads, or made by the program.
///
/// Only its address is used, to tell it from others; it is never read. It must stay where it is, and `forget()` be
/// called before its memory is freed. All calls may be made on any thread.
public struct ObservedObject: @unchecked Sendable {
    public enum Kind: Sendable {
        /// Of pthreads, as the next four.
        case condition
        case mutex
        case readWriteLock
        case semaphore
        case barrier
        /// The program's own, as the next.
        case lock
        case event
    }

    public let address: UnsafeRawPointer

    @inlinable public init(at address: UnsafeRawPointer) { self.address = address }

    /// Gives it a name, to be repeated after each initialisation.
    @inlinable public func name(_ name: @autoclosure () -> String, as kind: Kind) {
        if Instrument.isLoaded { name().withCString { dw_name_object(address, kind.type, $0) } }
    }

    /// Says that threads of `role` signal, post or release it; one call a role.
    @inlinable public func isSignalled(byRole role: @autoclosure () -> String) {
        if Instrument.isLoaded { role().withCString { dw_declare_signaller(address, $0) } }
    }

    /// Says that who waits on it waits for `word & mask == value`. `word` must stay readable until `forget()`.
    @inlinable public func isWaitedFor<Word: FixedWidthInteger>(
        until word: UnsafePointer<Word>, masked mask: Word = ~0, equals value: Word
    ) {
        dw_declare_predicate(
            address, word, MemoryLayout<Word>.size, UInt64(truncatingIfNeeded: mask),
            UInt64(truncatingIfNeeded: value))
    }

    /// Says that who waits on it waits for `count` arrivals of threads of `role`; 0 withdraws it.
    @inlinable public func isWaitedFor(arrivals count: Int, ofRole role: @autoclosure () -> String) {
        if Instrument.isLoaded {
            role().withCString { dw_declare_quorum(address, $0, UInt32(clamping: count), nil, 0) }
        }
    }

    /// The same, with the word that counts the arrivals.
    @inlinable public func isWaitedFor<Word: FixedWidthInteger>(
        arrivals count: Int, ofRole role: @autoclosure () -> String, counted word: UnsafePointer<Word>
    ) {
        if Instrument.isLoaded {
            role().withCString {
                dw_declare_quorum(address, $0, UInt32(clamping: count), word, MemoryLayout<Word>.size)
            }
        }
    }

    /// Says that a wrapper of the program may swallow signals of this pthread condition before libc sees them.
    @inlinable public func swallowsSignals() { dw_swallows_signals(address) }

    /// Withdraws all that was said of it.
    @inlinable public func forget() { dw_forget(address) }
}

extension ObservedObject.Kind {
    @inlinable var type: dw_type {
        switch self {
        case .condition: DEADWAIT_CONDITION
        case .mutex: DEADWAIT_MUTEX
        case .readWriteLock: DEADWAIT_RWLOCK
        case .semaphore: DEADWAIT_SEMAPHORE
        case .barrier: DEADWAIT_BARRIER
        case .lock: DEADWAIT_ENGINE_LOCK
        case .event: DEADWAIT_ENGINE_CONDITION
        }
    }
}
