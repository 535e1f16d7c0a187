import Instrumentation

/// A user of the database: its transaction and what it does in it. For one thread at a time; of the application, or a
/// worker.
///
/// Without a transaction each put and delete is one of its own, durable when the call returns.
public final class Session: @unchecked Sendable {
    let slot: Int
    private let parts: DatabaseParts
    private var transaction: Transaction?
    private var isOpen = true

    init(slot: Int, parts: DatabaseParts) {
        self.slot = slot
        self.parts = parts
    }

    /// Begins a transaction. Throws `.invalid` when one is under way, `.closed`.
    public func begin() throws(EmberError) {
        try check()
        guard transaction == nil else { throw .invalid(what: "begin", reason: "a transaction is under way") }
        transaction = try parts.store.begin()
    }

    /// Makes what the transaction did durable and visible. Throws `.invalid` without a transaction, `.closed` when it
    /// cannot be known whether it is durable.
    public func commit() throws(EmberError) {
        try Instrument.withCall("Session.commit") { () throws(EmberError) in
            try check()
            guard let transaction else { throw .invalid(what: "commit", reason: "there is no transaction") }
            self.transaction = nil
            try commit(transaction)
        }
    }

    /// Undoes what the transaction did, if there is one.
    public func rollBack() {
        transaction?.rollBack()
        transaction = nil
    }

    /// The value of a key, or nil. Throws `.notFound` for a table that is not there, otherwise as `Table.get`.
    public func get(_ table: String, _ key: [UInt8]) throws(EmberError) -> [UInt8]? {
        try Instrument.withCall("Session.get") { () throws(EmberError) in try read(table, key) }
    }

    /// Sets the value of a key. Waits for the eviction server while the cache is full. Throws `.conflict`, after which
    /// the transaction is to be rolled back, and as `get`.
    public func put(_ table: String, _ key: [UInt8], _ value: [UInt8]) throws(EmberError) {
        try Instrument.withCall("Session.put") { () throws(EmberError) in try write(table, key, value) }
    }

    /// Deletes a key, whether it is there or not. Throws as `put`.
    public func delete(_ table: String, _ key: [UInt8]) throws(EmberError) {
        try Instrument.withCall("Session.delete") { () throws(EmberError) in try write(table, key, nil) }
    }

    /// A cursor over the keys from `low` on and before `high`. Without a transaction it has a snapshot of its own, as long
    /// as it lives.
    public func cursor(
        _ table: String, from low: [UInt8] = [], upTo high: [UInt8]? = nil
    ) throws(EmberError) -> Cursor {
        try check()
        let table = try parts.tables.table(table)
        if let transaction { return table.cursor(from: low, upTo: high, in: transaction) }
        return table.cursor(from: low, upTo: high, in: try parts.store.begin())
    }

    /// Makes a table. Throws `.invalid` for a name that is taken or not allowed.
    public func createTable(_ name: String) throws(EmberError) {
        try Instrument.withCall("Session.createTable") { () throws(EmberError) in
            try check()
            _ = try parts.store.createTable(name)
        }
    }

    /// Rolls back what is under way and gives back the slot. Without effect when it was closed.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        rollBack()
        parts.sessions.close(slot)
    }

    // What the workers do, too, which are no callers of the engine.

    func read(_ name: String, _ key: [UInt8]) throws(EmberError) -> [UInt8]? {
        try check()
        let table = try parts.tables.table(name)
        if let transaction { return try table.get(key, in: transaction) }
        let transaction = try parts.store.begin()
        defer { transaction.rollBack() }
        return try table.get(key, in: transaction)
    }

    func write(_ name: String, _ key: [UInt8], _ value: [UInt8]?) throws(EmberError) {
        try check()
        if !parts.configuration.defects.contains(.spaceUnderOpenTables) { parts.space.wait() }
        let table = try parts.tables.table(name)
        if let transaction {
            try change(table, key, value, in: transaction)
            return
        }
        let transaction = try parts.store.begin()
        do throws(EmberError) {
            try change(table, key, value, in: transaction)
        } catch {
            transaction.rollBack()
            throw error
        }
        try commit(transaction)
    }

    private func change(
        _ table: Table, _ key: [UInt8], _ value: [UInt8]?, in transaction: Transaction
    ) throws(EmberError) {
        if let value { try table.put(key, value, in: transaction) } else { try table.delete(key, in: transaction) }
    }

    private func commit(_ transaction: Transaction) throws(EmberError) {
        try transaction.commit { _, position throws(EmberError) in try parts.logServer.makeDurable(position) }
    }

    private func check() throws(EmberError) {
        guard isOpen else { throw .closed(reason: "the session is closed") }
        try parts.checkProcess()
    }
}
