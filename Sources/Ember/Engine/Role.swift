/// The roles of the threads of the engine, as a report calls them.
public enum Role {
    /// Whoever calls the engine.
    public static let application = "application"
    public static let eviction = "evict"
    public static let sweep = "sweep"
    public static let checkpoint = "checkpoint"
    public static let log = "log-flush"
    public static let asyncWorker = "async-worker"
}
