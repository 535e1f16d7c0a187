import Glibc
import SystemPackage

/// A store: a folder with tables, a log and the last checkpoint. Safe on any thread; it has none of its own. It ends when it
/// is closed or let go, or by an error that cannot be undone.
///
/// A child of fork(2) cannot use it: nothing is written there.
///
/// Locks, in the order in which they are taken. Nobody waits for a lock while holding one that stands after it:
///
/// 1. `checkpointLock`: one checkpoint at a time.
/// 2. "table creation": one new table at a time; a checkpoint takes its snapshot with it.
/// 3. `tableListLock`: the tables by name.
/// 4. "eviction queue": which leaves go next; not while one goes.
/// 5. "table NAME: tree" (`Table.tree`), one table's at a time: shared to find a leaf, exclusively to split or remove one.
/// 6. "table NAME: leaf", a leaf's: its keys and its place in the file, held while the page is read or written. Two of
///    them only with the tree's lock held exclusively, the lower keys first.
/// 7. "table NAME: file": the handle and the map of free places; never while reading or writing.
/// 8. "transactions": who is active, what is visible.
/// 9. "log": the buffer; not held while that is written.
/// 10. "store state", "faults": inside one call.
///
/// No lock of the list is held while a commit waits for the log, but the second by `createTable`.
public final class Store: @unchecked Sendable {
    public let path: FilePath
    public let options: StoreOptions
    public let log: Log
    public let transactions: Transactions
    /// What was found when it was opened.
    public let recovery: RecoveryReport

    let context: StoreContext
    /// Held by a checkpoint from its beginning to its end.
    public let checkpointLock = Lock("checkpoint")
    let creationLock = Lock("table creation")
    /// Over the tables' list: held for moments.
    public let tableListLock = Lock("table list")

    // Under tableListLock.
    private var tables: [String: Table]
    // Under creationLock.
    private var nextTable: UInt32
    // Under checkpointLock: the last one.
    var meta: Meta
    /// Open for as long as the store: its flock(2) keeps others out.
    private let lockFile: StoreFile

    /// Opens the store in the folder `path`, made if it is not there, as it was when the last acknowledged commit was. Throws
    /// `.busy` when somebody has it open, `.corrupt` when it is damaged, `.system`.
    public init(opening path: FilePath, _ options: StoreOptions = StoreOptions()) throws(EmberError) {
        let folder = StoreFolder(path, faults: options.faults)
        try folder.create()
        lockFile = try folder.file("lock", options: O_CREAT)
        try lockFile.lockWhole()
        let context = StoreContext(folder: folder, options: options)
        var recovery = Recovery(context: context)
        try recovery.run()
        self.path = path
        self.options = options
        self.context = context
        log = try recovery.makeLog()
        transactions = Transactions(log: log, state: context.state, visible: recovery.report.end)
        tables = recovery.tables
        nextTable = recovery.nextTable
        meta = recovery.meta
        self.recovery = recovery.report
        for table in tables.values { table.transactions = transactions }
        if let reason = recovery.report.tornReason {
            options.logger.notice(
                "The log was cut off at \(recovery.report.end), \(recovery.report.bytesDropped) bytes: \(reason).")
        }
    }

    deinit { close() }

    /// Begins a transaction. Throws `.closed`.
    public func begin() throws(EmberError) -> Transaction { try transactions.begin() }

    /// The names of all tables, in order.
    public var tableNames: [String] { tableListLock.withLock { tables.keys.sorted() } }

    /// The table of that name, or nil.
    public func table(named name: String) -> Table? { tableListLock.withLock { tables[name] } }

    /// All tables, in the order of their creation.
    var allTables: [Table] { tableListLock.withLock { tables.values.sorted { $0.id < $1.id } } }

    /// Makes a table, durably; outside of any transaction. Throws `.invalid` when the name is empty, longer than 255 bytes or
    /// taken, and what ends the store.
    @discardableResult public func createTable(_ name: String) throws(EmberError) -> Table {
        try context.state.check()
        guard !name.isEmpty, name.utf8.count <= 255 else {
            throw .invalid(what: "table name", reason: "it must have 1 to 255 bytes")
        }
        return try creationLock.withLock { () throws(EmberError) in
            guard table(named: name) == nil else {
                throw .invalid(what: "table \(name)", reason: "there is one already")
            }
            let id = nextTable
            guard id < .max else { throw .busy(what: "table numbers") }
            let sequence = try transactions.append(.createTable(id: id, name: name), mark: nil)
            try log.flush(upTo: sequence)
            nextTable += 1
            transactions.publish()
            let file = TableFile(table: id, name: name, context: context, map: BlockMap())
            let table = Table(id: id, name: name, context: context, file: file, checkpointed: nil)
            table.transactions = transactions
            tableListLock.withLock { tables[name] = table }
            return table
        }
    }

    /// Bytes of keys and values in memory.
    public var bytesInMemory: Int { context.bytesInMemory.load(ordering: .relaxed) }

    /// Whether that is more than the options allow: then somebody should evict.
    public var isOverCache: Bool { bytesInMemory > options.cacheBytes }

    /// Throws `.closed` with the reason once the store has ended, by `close` or by an error.
    public func check() throws(EmberError) { try context.state.check() }

    /// Ends the store: all calls throw `.closed` from then on. Transactions that have not committed are lost, all others are
    /// in the log already. No checkpoint is made. To be called again is no error.
    public func close() {
        context.state.end(because: "the store was closed")
        guard context.state.isOwner else { return }
        context.state.waitForWriters()
        for table in allTables { table.file.close() }
        lockFile.unlockWhole()
    }

    /// The next table's number; with creationLock held.
    var nextTableID: UInt32 { nextTable }
}
