import Glibc

/// The sessions of a database, in an array of fixed length.
final class SessionTable: @unchecked Sendable {
    /// All bytes zero is a free slot.
    private struct Slot {
        var isActive: UInt32
        var session: Unmanaged<Session>?
    }

    private let lock = Lock("session list")
    private let count: Int
    // Guarded by the lock.
    private var slots: UnsafeMutablePointer<Slot>?
    private var isClosed = false

    init(count: Int) { self.count = count }

    deinit { free(slots) }

    /// Makes the array.
    func allocate(_ faults: Faults) throws(EmberError) {
        guard faults.failure(at: .allocate("sessions")) == nil, let memory = calloc(count, MemoryLayout<Slot>.stride)
        else { throw .outOfMemory(what: "\(count) sessions") }
        lock.withLock { slots = memory.bindMemory(to: Slot.self, capacity: count) }
    }

    /// A new session. Throws `.busy` when there is no slot left.
    func open(for parts: DatabaseParts) throws(EmberError) -> Session {
        lock.lock()
        defer { lock.unlock() }
        guard let slots, !isClosed else { throw .closed(reason: "the database is closing") }
        guard let free = (0..<count).first(where: { slots[$0].isActive == 0 }) else { throw .busy(what: "sessions") }
        let session = Session(slot: free, parts: parts)
        slots[free] = Slot(isActive: 1, session: .passRetained(session))
        return session
    }

    /// Frees the slot of a session that has been closed.
    func close(_ slot: Int) {
        let session = lock.withLock { () -> Unmanaged<Session>? in
            guard let slots, slots[slot].isActive == 1 else { return nil }
            defer { slots[slot] = Slot(isActive: 0, session: nil) }
            return slots[slot].session
        }
        session?.release()
    }

    /// Lets no more be opened; those that are open.
    func end() -> [Session] {
        lock.withLock {
            isClosed = true
            guard let slots else { return [] }
            return (0..<count).compactMap { slots[$0].session?.takeUnretainedValue() }
        }
    }
}
