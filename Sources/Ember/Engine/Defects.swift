/// Bugs that storage engines once had, each opened again by an option.
///
/// The engine does the right thing unless told otherwise; with one of these it does what that engine did. Where an
/// engine is named, the fact is from its own issue or pull request.
public struct Defects: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The flush of the asynchronous queue does not look whether there is any worker.
    ///
    /// WiredTiger (WT-2353): an allocation failed in open before the workers were made, the error path closed what was
    /// there, and close flushes. Fails open with `Faults` on the allocation of the operations.
    public static let flushIgnoresWorkers = Defects(rawValue: 1 << 0)

    /// The flush waits for as many workers as were configured, not as many as there are.
    ///
    /// WiredTiger 3.2.1: the repair of the former returns early only where there is no worker at all. Fails open with
    /// `Faults` on the creation of the second worker or a later one.
    public static let flushCountsConfigured = Defects(rawValue: 1 << 1)

    /// A worker that meets an error of a system call leaves without being counted out; the shutdown waits until all are.
    ///
    /// Firebird (issue 7917): the sweep thread ended on an error with what it had to give back still taken, and all
    /// that detached waited for it.
    public static let workerLeavesUncounted = Defects(rawValue: 1 << 2)

    /// The workers look at the flag that says there is work before they take the lock of the queue, then wait untimed.
    ///
    /// WiredTiger (pull request 1673): the checkpoint server looked whether it should still run, and then waited
    /// without a timeout; close changed the flag and signalled in between, once.
    public static let flagOutsideLock = Defects(rawValue: 1 << 3)

    /// The eviction server waits for the checkpoint lock with the list of open tables locked; a checkpoint takes them in the other
    /// order.
    ///
    /// WiredTiger (pull request 1808, WT-2064): a server had a handle and wanted the handle list, a checkpoint had the
    /// list and wanted the handle; likewise eviction against whoever held the list and waited for it.
    public static let evictionKeepsOpenTables = Defects(rawValue: 1 << 4)

    /// The error path of opening a table for a put discards the handle by a function that locks the list of open tables, which
    /// the put has locked.
    ///
    /// MySQL of Facebook (issue 132): the cleanup after a failed write took the lock of the table statistics, which the
    /// function that wrote held. Firebird (issue 8402) had one of this kind, too.
    public static let discardUnderOpenTables = Defects(rawValue: 1 << 5)

    /// A checkpoint that fails to write a page returns with the checkpoint lock locked.
    ///
    /// Berkeley DB (pull request 47): a failed allocation returned from between the lock of the page functions and its
    /// unlock, and the next to register one waited for ever.
    public static let checkpointReturnsEarly = Defects(rawValue: 1 << 6)

    /// The first put into a table waits for cache space with the list of open tables locked, which the eviction server wants.
    ///
    /// WiredTiger (WT-2064): a thread that held the list of handles waited for eviction, which waited for that list.
    /// Speedb (issue 637) and RocksDB (pull request 4751) have had writers that waited for space nobody could make.
    public static let spaceUnderOpenTables = Defects(rawValue: 1 << 7)

    /// Close joins the sweep server with the list of open tables locked.
    ///
    /// ByConity (pull request 273): the shutdown took the lock of the context and waited for the end of the background
    /// threads, some of which wanted it.
    public static let joinUnderOpenTables = Defects(rawValue: 1 << 8)

    /// Reconfigure looks whether the database is closing before it takes the lock, and starts the checkpoint server
    /// after close has told all servers to stop.
    ///
    /// WiredTiger (issue 1698, WT-2864): reconfiguring could start threads that close no longer knew of.
    public static let reconfigureLooksTooEarly = Defects(rawValue: 1 << 9)

    /// An asynchronous operation that fails keeps its place in the queue's array.
    ///
    /// WiredTiger 3.2.1: a worker that fails to allocate keeps the operation; when all are gone every request for one is
    /// answered with EBUSY, and the application tries again.
    public static let failedOperationKept = Defects(rawValue: 1 << 10)

    /// A child of fork(2) may use the database of its parent: nothing looks which process it was opened in.
    ///
    /// LevelDB (issue 169): the child finds the locks as they were, held by threads that it does not have.
    public static let forkUnnoticed = Defects(rawValue: 1 << 11)

    /// A completion callback may flush the queue whose worker runs it.
    ///
    /// Kafka's producer (KAFKA-10790): flush in a callback waited for the thread that ran the callback.
    public static let callbackMayFlush = Defects(rawValue: 1 << 12)
}
