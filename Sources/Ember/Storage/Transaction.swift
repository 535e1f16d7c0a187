/// A transaction: it sees what was committed before it began and its own changes, and what it changes nobody else sees
/// before it has committed. Of two that change the same key the one that comes second gets `.conflict`.
///
/// Not for two threads at once. One that is let go without an end is rolled back.
public final class Transaction: @unchecked Sendable {
    public let id: UInt64
    /// What it sees: all that was committed up to here.
    public let snapshot: LogSequenceNumber
    /// Neither committed nor rolled back.
    public private(set) var isActive = true

    let mark = CommitMark()
    private let transactions: Transactions
    private let state: StoreState
    /// What was changed first: the first entry a key only.
    private var changed: [(table: Table, key: [UInt8])] = []
    /// Grows with each change, so that a cursor knows that what it has read ahead is old.
    private(set) var changeCount = 0

    init(id: UInt64, snapshot: LogSequenceNumber, transactions: Transactions, state: StoreState) {
        self.id = id
        self.snapshot = snapshot
        self.transactions = transactions
        self.state = state
    }

    deinit { rollBack() }

    /// Makes the changes durable, then visible. Returns where its record ends, or the snapshot if it changed nothing.
    ///
    /// Throws `.invalid` when the changes are too many for a record, and rolls back; any other error means that the store
    /// has ended: whether the changes are there will be known when it is opened again.
    @discardableResult public func commit() throws(EmberError) -> LogSequenceNumber {
        try commit { log, position throws(EmberError) in try log.flush(upTo: position) }
    }

    /// The same, with `makeDurable` to return once the log is durable up to a position: by `Log.flush`, or after it has
    /// asked another thread to call that.
    @discardableResult public func commit(
        makingDurable makeDurable: (Log, LogSequenceNumber) throws(EmberError) -> Void
    ) throws(EmberError) -> LogSequenceNumber {
        try check()
        guard !changed.isEmpty else {
            finish()
            return snapshot
        }
        let sequence: LogSequenceNumber
        do throws(EmberError) {
            sequence = try transactions.append(.commit(changes()), mark: mark)
        } catch {
            rollBack()
            throw error
        }
        // From here on it is in the log: it is committed, or the store is done for.
        isActive = false
        defer { transactions.end(snapshot) }
        try makeDurable(transactions.log, sequence)
        try transactions.requireDurable(sequence)
        transactions.publish()
        changed = []
        return sequence
    }

    /// Undoes all changes. Without effect when it has ended.
    public func rollBack() {
        guard isActive else { return }
        for (table, key) in changed { table.undo(key, by: mark) }
        finish()
    }

    /// Throws `.invalid` when it has ended, `.closed` when the store has.
    func check() throws(EmberError) {
        guard isActive else { throw .invalid(what: "transaction", reason: "it has ended") }
        try state.check()
    }

    func didChange(_ key: [UInt8], of table: Table, isFirst: Bool) {
        changeCount += 1
        if isFirst { changed.append((table, key)) }
    }

    private func changes() -> [LogRecord.Change] {
        changed.map { table, key in
            LogRecord.Change(table: table.id, key: key, value: table.ownValue(of: key, by: mark))
        }
    }

    private func finish() {
        isActive = false
        changed = []
        transactions.end(snapshot)
    }
}
