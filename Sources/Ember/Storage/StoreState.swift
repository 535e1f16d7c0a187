import Glibc
import Synchronization

/// Whether a store still works: one a store, shared by its parts.
///
/// What failed for good stays failed: after a write or a sync of the log that did not succeed, nobody can know what is
/// on the disk, and a later sync that reports success proves nothing (fsync(2): the kernel drops the dirty pages and
/// reports the error once).
final class StoreState: @unchecked Sendable {
    private let isOpen = Atomic<Bool>(true)
    private let lock = Lock("store state")
    private let quiet = Condition("store writes", signalledBy: "application")
    private var writers = 0
    private let process = getpid()
    private var reason = "the store was closed"

    /// Not in a child of fork(2), whose files and their lock are its parent's.
    var isOwner: Bool { getpid() == process }

    var isWorking: Bool { isOpen.load(ordering: .acquiring) }

    func check() throws(EmberError) {
        if isOpen.load(ordering: .acquiring) { return }
        throw .closed(reason: lock.withLock { reason })
    }

    /// Ends the store because of `error`; the first reason stands.
    func fail(_ error: EmberError) { end(because: "\(error)") }

    /// Does what ends the store if it throws.
    func failing<Result>(_ body: () throws(EmberError) -> Result) throws(EmberError) -> Result {
        do throws(EmberError) { return try body() } catch {
            fail(error)
            throw error
        }
    }

    /// Whether this call ended it.
    @discardableResult func end(because reason: String) -> Bool {
        lock.withLock {
            guard isOpen.load(ordering: .relaxed) else { return false }
            self.reason = reason
            isOpen.store(false, ordering: .releasing)
            return true
        }
    }

    /// Does what writes to the store's files. Throws `.closed` once the store has ended; what has begun is waited for by
    /// `waitForWriters`.
    func write<Result>(_ body: () throws(EmberError) -> Result) throws(EmberError) -> Result {
        try lock.withLock { () throws(EmberError) in
            guard isOpen.load(ordering: .relaxed) else { throw .closed(reason: reason) }
            guard isOwner else { throw .closed(reason: "the store belongs to the process that opened it") }
            writers += 1
        }
        defer {
            lock.withLock {
                writers -= 1
                if writers == 0 { quiet.broadcast() }
            }
        }
        return try body()
    }

    /// Waits until nobody writes. After the end nobody begins to.
    func waitForWriters() {
        lock.withLock { while writers > 0 { quiet.wait(lock) } }
    }
}
