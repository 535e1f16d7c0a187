import Logging
import SystemPackage

/// How a database is opened.
public struct Configuration: Sendable {
    /// Bytes of keys and values that may be in memory before a put waits for the eviction server.
    public var cacheBytes = 64 << 20
    /// Bytes in memory at which a page is split.
    public var pageBytes = StoreOptions().pageBytes
    /// Bytes of log after which the log goes on in another file.
    public var logSegmentBytes = StoreOptions().logSegmentBytes
    /// Threads that do asynchronous operations.
    public var asyncWorkers = 4
    /// Asynchronous operations that may be under way at a time: in the queue or in a worker.
    public var asyncOperations = 1024
    /// Sessions that may be open at a time, one for each worker among them.
    public var sessions = 256
    /// Time between two checkpoints that the checkpoint server makes by itself; nil for none.
    public var checkpointInterval: Duration? = .seconds(60)
    /// Time between two looks of the sweep server at the tables.
    public var sweepInterval = Duration.seconds(10)
    /// Time for which a table must not have been used before the sweep server closes its file.
    public var idleHandle = Duration.seconds(30)
    /// A file or named pipe that each log record is also written to: see `StoreOptions`.
    public var archive: FilePath?
    /// Calls that are to fail. Servers are created in the order log-flush, evict, sweep, checkpoint; the workers follow,
    /// so the `createThread` of the first worker is the fifth.
    public var faults = Faults()
    public var defects: Defects = []
    public var hooks = Hooks()
    public var logger = Logger(label: "ember")

    public init() {}

    /// Throws `.invalid` for what Ember does not take.
    func validate() throws(EmberError) {
        try check("cacheBytes", cacheBytes, 1 << 16...1 << 40)
        try check("pageBytes", pageBytes, 1 << 8...1 << 20)
        try check("logSegmentBytes", logSegmentBytes, 1 << 10...1 << 30)
        try check("asyncWorkers", asyncWorkers, 1...1024)
        try check("asyncOperations", asyncOperations, 1...1 << 20)
        try check("sessions", sessions, asyncWorkers + 1...1 << 20)
    }

    /// How the store is opened for it.
    var storeOptions: StoreOptions {
        var options = StoreOptions()
        options.cacheBytes = cacheBytes
        options.pageBytes = pageBytes
        options.logSegmentBytes = logSegmentBytes
        options.archive = archive
        options.flushingRoles = [Role.log, Role.application]
        options.faults = faults
        options.logger = logger
        return options
    }

    private func check(_ what: String, _ value: Int, _ range: ClosedRange<Int>) throws(EmberError) {
        guard range.contains(value) else {
            throw .invalid(what: what, reason: "\(value) is not from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
