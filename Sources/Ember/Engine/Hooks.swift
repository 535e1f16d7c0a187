/// A place in the engine where a test or a demonstration may do something.
public enum HookPoint: Hashable, Sendable {
    /// A worker has found no work and has not locked the queue yet.
    case queueFoundEmpty
    /// Somebody has put something into the queue and signalled.
    case workSignalled
    /// A checkpoint has the checkpoint lock.
    case checkpointLocked
    /// The checkpoint server has made a checkpoint, or could not.
    case checkpointServed
    /// The eviction server is about to lock the list of open tables.
    case evictionDue
    /// The eviction server has the list of open tables, locked or copied.
    case evictionListed
    /// A put has found the cache full and woken the eviction server.
    case cacheFull
    /// The sweep server is about to lock the list of open tables.
    case sweepDue
    /// Close is about to end the sweep server.
    case sweepEnding
    /// Reconfigure has begun.
    case reconfigureBegun
    /// Close has told the servers to stop.
    case serversStopping
    /// Reconfigure has started a checkpoint server.
    case checkpointServerStarted
    /// The list of open tables is locked for a table's first use.
    case tableOpening
}

/// What is done at the places of the engine; nothing, unless a test or a demonstration says so. At each place one thing:
/// what was said last.
public struct Hooks: Sendable {
    private var actions: [HookPoint: @Sendable () -> Void] = [:]
    private let passed = PassedPoints()

    public init() {}

    /// Has `action` run on each thread that comes to `point`, with the locks held that the engine holds there.
    public mutating func at(_ point: HookPoint, run action: @escaping @Sendable () -> Void) {
        actions[point] = action
    }

    /// Holds each thread that comes to `point` until one has passed `other`, but no longer than `limit`.
    public mutating func hold(_ point: HookPoint, until other: HookPoint, atMost limit: Duration = .seconds(5)) {
        let passed = passed
        at(point) { passed.wait(for: other, atMost: limit) }
        watch(other)
    }

    /// Notes who comes to `point`, for `wait`. The other two calls do so, too.
    public mutating func watch(_ point: HookPoint) {
        if actions[point] == nil { at(point) {} }
    }

    /// Waits until a thread has come to `point`, at most `limit`; whether one has.
    public func wait(for point: HookPoint, atMost limit: Duration = .seconds(5)) -> Bool {
        passed.wait(for: point, atMost: limit)
    }

    /// A thread comes to `point`.
    @inline(__always)
    func reach(_ point: HookPoint) {
        if !actions.isEmpty { run(point) }
    }

    @inline(never)
    private func run(_ point: HookPoint) {
        guard let action = actions[point] else { return }
        passed.add(point)
        action()
    }
}

/// The points that threads have come to.
private final class PassedPoints: @unchecked Sendable {
    private let lock = Lock("hooks")
    private let added = Condition("hook passed", signalledBy: Role.application)
    private var points: Set<HookPoint> = []

    func add(_ point: HookPoint) {
        lock.withLock { _ = points.insert(point) }
        added.broadcast()
    }

    @discardableResult
    func wait(for point: HookPoint, atMost limit: Duration) -> Bool {
        let end = ContinuousClock.now + limit
        return lock.withLock {
            while !points.contains(point) {
                let left = end - ContinuousClock.now
                if left <= .zero { return false }
                _ = added.wait(lock, for: left)
            }
            return true
        }
    }
}
