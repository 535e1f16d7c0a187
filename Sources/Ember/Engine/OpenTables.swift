/// A table that sessions use, and since when it is idle.
final class TableHandle: @unchecked Sendable {
    let name: String
    // The rest is guarded by the list's lock.
    fileprivate(set) var table: Table?
    fileprivate(set) var lastUse = ContinuousClock.now
    /// How many checkpoints and evictions are under way that will use its file.
    fileprivate(set) var pins = 0

    init(_ name: String) { self.name = name }
}

/// The tables that sessions have used, kept open until they have been idle for long.
final class OpenTables: @unchecked Sendable {
    let lock = Lock("open tables")
    private let store: Store
    private let space: CacheSpace
    private let defects: Defects
    private let hooks: Hooks
    private var handles: [String: TableHandle] = [:]

    init(_ store: Store, space: CacheSpace, _ configuration: Configuration) {
        self.store = store
        self.space = space
        defects = configuration.defects
        hooks = configuration.hooks
    }

    /// The table, opened if it was not. Throws `.notFound`.
    func table(_ name: String) throws(EmberError) -> Table {
        lock.lock()
        if let handle = handles[name], let table = handle.table {
            handle.lastUse = .now
            lock.unlock()
            return table
        }
        hooks.reach(.tableOpening)
        if defects.contains(.spaceUnderOpenTables) { space.wait() }
        let handle = TableHandle(name)
        handles[name] = handle
        guard let table = store.table(named: name) else {
            if defects.contains(.discardUnderOpenTables) { discard(handle) } else { handles[name] = nil }
            lock.unlock()
            throw .notFound(what: "table \(name)")
        }
        handle.table = table
        lock.unlock()
        return table
    }

    var count: Int { lock.withLock { handles.count } }

    /// Takes a handle off the list.
    func discard(_ handle: TableHandle) {
        lock.withLock { handles[handle.name] = nil }
    }

    /// The tables, which stay open until they are unpinned.
    func pin() -> [TableHandle] { lock.withLock { pinLocked() } }

    /// The same for who has the lock.
    func pinLocked() -> [TableHandle] {
        let pinned = Array(handles.values)
        for handle in pinned { handle.pins += 1 }
        return pinned
    }

    func unpin(_ pinned: [TableHandle]) { lock.withLock { unpinLocked(pinned) } }

    func unpinLocked(_ pinned: [TableHandle]) {
        for handle in pinned { handle.pins -= 1 }
    }

    /// Takes those off the list that nobody has used for `idle`; how many.
    func discard(idleFor idle: Duration) -> Int {
        lock.withLock {
            let old = handles.values.filter { $0.pins == 0 && .now - $0.lastUse >= idle }
            for handle in old { handles[handle.name] = nil }
            return old.count
        }
    }

    /// Takes all off the list. With the lock held.
    func discardAllLocked() { handles = [:] }
}
