import Instrumentation

/// One of the threads that do asynchronous operations.
final class AsyncWorker: @unchecked Sendable {
    private let number: Int
    private let pool: AsyncPool
    let session: Session
    private var thread: EngineThread?

    init(_ number: Int, of pool: AsyncPool, session: Session) {
        self.number = number
        self.pool = pool
        self.session = session
    }

    func start(_ faults: Faults) throws(EmberError) {
        thread = try EngineThread("async worker \(number)", context: self, faults: faults) { argument in
            EngineThread.begin(argument, as: AsyncWorker.self, name: "async-worker", role: Role.asyncWorker)?.work()
            return nil
        }
    }

    func join() { thread?.join() }

    /// Whether the calling thread is this one.
    var isCurrent: Bool { thread?.isCurrent == true }

    private func work() {
        Instrument.nameThread("async-worker-\(number)")
        defer { session.close() }
        while let place = pool.next() {
            guard let operation = place.pointee.operation?.takeRetainedValue() else { continue }
            place.pointee.operation = nil
            do throws(EmberError) {
                let value = try execute(operation.request)
                operation.completion(.success(value))
            } catch {
                operation.completion(.failure(error))
                if error.endsWorker && pool.defects.contains(.workerLeavesUncounted) { return }
                if pool.defects.contains(.failedOperationKept) { continue }
            }
            pool.release(place)
        }
    }

    private func execute(_ request: AsyncOperation.Request) throws(EmberError) -> [UInt8]? {
        switch request {
        case .get(let table, let key): return try session.read(table, key)
        case .put(let table, let key, let value): try session.write(table, key, value)
        case .delete(let table, let key): try session.write(table, key, nil)
        }
        return nil
    }
}

extension EmberError {
    /// What a worker cannot go on after: the disk failed, or the store has ended because of it.
    fileprivate var endsWorker: Bool {
        switch self {
        case .system, .closed: true
        default: false
        }
    }
}
