import Ember

/// What one thread of the application waits for and another one gives, once.
final class Answer<Value: Sendable>: @unchecked Sendable {
    private let lock = Lock("answer")
    private let given: Condition
    private var value: Value?

    /// `role` is that of the thread that gives it.
    init(from role: String) { given = Condition("answer given", signalledBy: role) }

    func give(_ value: Value) {
        lock.withLock {
            self.value = value
            given.signal()
        }
    }

    /// Waits for it, as long as it takes.
    func wait() -> Value {
        lock.lock()
        defer { lock.unlock() }
        while true {
            if let value { return value }
            given.wait(lock)
        }
    }
}
