import CDeadwait
import Synchronization

/// A `Synchronization.Mutex` of which the registry knows who holds it, who waits for it and since when.
///
/// Swift's own mutex reaches the kernel without pthread functions, so that a runtime library sees no more of it than a
/// futex. Here the wait is recorded where `tryLock` fails, the holder always. Lives where a `Mutex` would: in a `let`
/// of a class or actor, or global, since the registry knows it by its address. Not recursive, as `Mutex` is not.
public struct TrackedMutex<Value: ~Copyable>: ~Copyable {
    @usableFromInline let mutex: Mutex<Value>
    @usableFromInline let name: StaticString?

    /// `name` is what reports call it.
    @inlinable public init(_ value: consuming sending Value, name: StaticString? = nil) {
        mutex = Mutex(value)
        self.name = name
    }

    deinit {
        if Instrument.isLoaded { dw_forget(address) }
    }

    /// By which the registry knows it: that of the word that the kernel knows it by, the mutex's first.
    @inlinable public var address: UnsafeRawPointer {
        borrowing get { withUnsafePointer(to: mutex) { UnsafeRawPointer($0) } }
    }

    /// Runs `body` with the lock held; waits for it as long as it takes.
    @inlinable public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        if !Instrument.isLoaded { return try mutex.withLock(body) }
        if let result = try withLockIfAvailable(body) { return result }
        let address = self.address
        recordName()
        let wait = RecordedWait(for: address, .lock)
        return try mutex.withLock { (value: inout sending Value) throws(Failure) -> sending Result in
            wait.end()
            dw_lock_acquired(address, DEADWAIT_EXCLUSIVE.rawValue)
            defer { dw_lock_released(address) }
            return try body(&value)
        }
    }

    /// Runs `body` with the lock held if nobody holds it; nil otherwise, at once.
    @inlinable public borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        if !Instrument.isLoaded { return try mutex.withLockIfAvailable(body) }
        let address = self.address
        return try mutex.withLockIfAvailable { (value: inout sending Value) throws(Failure) -> sending Result in
            dw_lock_acquired(address, DEADWAIT_WITHOUT_STACK.rawValue)
            defer { dw_lock_released(address) }
            return try body(&value)
        }
    }

    /// The name belongs to an address, which a value has only once it has come to its place: known at the first wait.
    @usableFromInline borrowing func recordName() {
        guard let name, name.hasPointerRepresentation else { return }
        name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount) {
            dw_name_object(address, DEADWAIT_ENGINE_LOCK, $0)
        }
    }
}

extension TrackedMutex: Sendable where Value: ~Copyable {}
