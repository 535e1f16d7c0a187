import Instrumentation
import SystemPackage

/// An open database: its sessions, its servers and its asynchronous operations. Safe on any thread.
///
/// A folder is opened by one process at a time. A child of fork(2) gets `.closed` for what it tries. It is open until it is
/// closed: its servers go on when it is let go without that.
///
/// Locks, in the order in which they are taken; those of the store come after all of them:
///
/// 1. "configuration": changes of the servers, and the beginning of close.
/// 2. "database checkpoint": one checkpoint at a time.
/// 3. "open tables": the list of tables that are kept open. Held for moments.
///
/// The others are held inside one call, with nothing taken under them: "session list", "servers", "cache space", and those
/// of the servers' conditions. "async queue" is given up while a worker works and while a callback runs.
public final class Database: @unchecked Sendable {
    let parts: DatabaseParts
    let async: AsyncPool
    let eviction: EvictionServer
    let sweep: SweepServer
    /// Taken to change the checkpoint server, and by close.
    let configurationLock = Lock("configuration")
    // Guarded by it.
    var checkpoints: CheckpointServer
    var isClosing = false

    /// Opens the database in `folder`, which is made if it is not there; recovers what was committed before a crash.
    ///
    /// Throws `.invalid` for the configuration, `.busy` when another process has the folder open, `.corrupt` and `.system`;
    /// what was begun is ended again before.
    public static func open(
        _ folder: FilePath, _ configuration: Configuration = Configuration()
    ) throws(EmberError) -> Database {
        try Instrument.withCall("Database.open") { () throws(EmberError) in
            let database = Database(try DatabaseParts(folder, configuration))
            do throws(EmberError) {
                try database.start()
            } catch {
                configuration.logger.error("open of \(folder): \(error)")
                // What went wrong first is what the caller is told.
                do throws(EmberError) {
                    try database.shutDown()
                } catch let second {
                    configuration.logger.error("close of \(folder): \(second)")
                }
                throw error
            }
            return database
        }
    }

    private init(_ parts: DatabaseParts) {
        self.parts = parts
        async = AsyncPool(parts)
        eviction = EvictionServer(parts)
        sweep = SweepServer(parts)
        checkpoints = CheckpointServer(parts, every: parts.configuration.checkpointInterval)
    }

    /// The servers first, since the workers' sessions need them.
    private func start() throws(EmberError) {
        let faults = parts.configuration.faults
        for role in [Role.log, Role.eviction, Role.sweep, Role.checkpoint] { Instrument.expect(role: role, count: 1) }
        try parts.sessions.allocate(faults)
        try parts.logServer.start(faults)
        try eviction.start(faults)
        try sweep.start(faults)
        try checkpoints.start(faults)
        try async.start()
    }

    /// A new session. Throws `.busy` when all are taken, `.closed`.
    public func openSession() throws(EmberError) -> Session {
        try parts.checkProcess()
        return try parts.sessions.open(for: parts)
    }

    /// Names of the tables, in order.
    public var tableNames: [String] { parts.store.tableNames }

    /// Bytes of keys and values in memory.
    public var bytesInMemory: Int { parts.store.bytesInMemory }

    /// Tables that are kept open since somebody has used them lately.
    public var openTableCount: Int { parts.tables.count }

    /// Makes a checkpoint: what is committed is in the tables' files when it returns, and the log before it is gone.
    public func checkpoint() throws(EmberError) {
        try Instrument.withCall("Database.checkpoint") { () throws(EmberError) in
            try parts.checkProcess()
            try parts.checkpointer.checkpoint()
        }
    }

    /// Lets the checkpoint server make a checkpoint soon; does not wait for it.
    public func requestCheckpoint() {
        configurationLock.withLock { checkpoints.request() }
    }

    /// Has an operation done by a worker. Throws `.busy` when there are as many under way as there may be, `.closed`.
    public func enqueue(_ operation: AsyncOperation) throws(EmberError) {
        try parts.checkProcess()
        try async.enqueue(operation)
    }

    /// Waits until the operations enqueued before have been done and their callbacks have returned. Throws `.invalid`
    /// in such a callback.
    public func flush() throws(EmberError) {
        try Instrument.withCall("Database.flush") { () throws(EmberError) in
            try parts.checkProcess()
            try async.flush()
        }
    }
}
