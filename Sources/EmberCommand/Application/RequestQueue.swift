import DequeModule
import Ember
import Instrumentation

/// Requests for the application's own threads.
final class RequestQueue<Request: Sendable>: @unchecked Sendable {
    private let lock = Lock("requests")
    private let came = Condition("request came", signalledBy: Role.application)
    private var requests = Deque<Request>()
    private var isClosed = false

    func add(_ request: Request) {
        lock.withLock {
            requests.append(request)
            came.signal()
        }
    }

    /// The next one; waits for it. Nil when there will be none any more.
    func next() -> Request? {
        lock.withLock {
            while requests.isEmpty && !isClosed {
                Instrument.withIdleMark("waits for requests") { came.wait(lock) }
            }
            return requests.popFirst()
        }
    }

    /// There will be no more.
    func close() {
        lock.withLock {
            isClosed = true
            came.broadcast()
        }
    }
}
