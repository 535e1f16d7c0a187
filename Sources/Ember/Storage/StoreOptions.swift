import Logging
import SystemPackage

/// How a store is opened.
public struct StoreOptions: Sendable {
    /// Bytes of keys and values that may be in memory before the store says that it is over its cache. Nothing waits
    /// in the store itself: the engine evicts.
    public var cacheBytes = 64 << 20
    /// Bytes in memory at which a leaf is split. A leaf of one key is never split, however long its value.
    public var pageBytes = 32 << 10
    /// Bytes of records after which the log goes on in another segment.
    public var logSegmentBytes = 16 << 20
    /// A file or named pipe that each log record is also written to, before the commit is acknowledged. A pipe must have
    /// a reader: to open it waits for one, and to write waits while it is full.
    public var archive: FilePath?
    /// The roles of the threads that make the log durable, for reports: of whoever commits.
    public var flushingRoles = ["application"]
    /// To open a store whose log is damaged elsewhere than at its end, with what was committed before the damage.
    public var isSalvage = false
    public var faults = Faults()
    public var logger = Logger(label: "ember.store")

    public init() {}
}
