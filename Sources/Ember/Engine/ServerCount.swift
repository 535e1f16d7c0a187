import Instrumentation

/// How many servers run; close waits here until none does.
final class ServerCount: @unchecked Sendable {
    private let lock = Lock("servers")
    private let ended = Condition(
        "servers ended", signalledBy: [Role.eviction, Role.sweep, Role.checkpoint, Role.log])
    /// On the heap for the runtime, which is told what the wait is for.
    private let running: UnsafeMutablePointer<UInt32>

    init() {
        running = .allocate(capacity: 1)
        running.initialize(to: 0)
        ended.observed.isWaitedFor(until: running, equals: 0)
    }

    deinit {
        ended.observed.forget()
        running.deallocate()
    }

    /// A server is about to be started.
    func add() {
        lock.withLock { running.pointee += 1 }
    }

    /// A server ends, or could not be started.
    func remove() {
        lock.withLock { running.pointee -= 1 }
        ended.broadcast()
    }

    /// Waits until no server runs.
    func waitUntilNone() {
        lock.withLock {
            while running.pointee != 0 { _ = ended.wait(lock, for: .milliseconds(100)) }
        }
    }
}
