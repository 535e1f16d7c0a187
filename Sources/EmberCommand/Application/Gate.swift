import Ember

/// Holds threads until it is opened, and knows how many have come. Lets an interleaving that is rare come every time.
final class Gate: @unchecked Sendable {
    private let lock = Lock("gate")
    private let changed = Condition("gate changed", signalledBy: Role.application)
    private var arrived = 0
    private var isOpen = false

    /// Waits until it is open; does not wait any more afterwards.
    func pass() {
        lock.withLock {
            arrived += 1
            changed.broadcast()
            while !isOpen { changed.wait(lock) }
        }
    }

    func open() {
        lock.withLock {
            isOpen = true
            changed.broadcast()
        }
    }

    /// Waits until `count` threads have come, at most ten seconds; whether they have.
    func waitForArrivals(_ count: Int) -> Bool {
        let end = ContinuousClock.now + .seconds(10)
        return lock.withLock {
            while arrived < count {
                let left = ContinuousClock.now.duration(to: end)
                guard left > .zero else { return false }
                _ = changed.wait(lock, for: left)
            }
            return true
        }
    }
}
