import DequeModule
import Glibc
import Instrumentation

/// The queue of asynchronous operations and the workers that do them.
///
/// An operation has a place in an array of fixed length from the time that it is enqueued until its callback has
/// returned; when all are taken, the queue is busy.
final class AsyncPool: @unchecked Sendable {
    enum Entry {
        case operation(UnsafeMutablePointer<AsyncPlace>)
        /// Stays until each worker has met it.
        case flush
    }

    enum FlushState {
        static let none: UInt32 = 0
        static let inProgress: UInt32 = 1
        static let complete: UInt32 = 2
    }

    let workerCount: Int
    let defects: Defects
    let hooks: Hooks
    private let placeCount: Int
    private let parts: DatabaseParts

    let lock = Lock("async queue")
    let work = Condition("async work", signalledBy: [Role.application, Role.asyncWorker])
    let flushed = Condition("async flush", signalledBy: [Role.asyncWorker])
    /// For who wants to flush while somebody does.
    let flushTurn = Condition("async flush turn", signalledBy: [Role.application])
    private let stopped = Condition("async stopped", signalledBy: [Role.asyncWorker])

    // Guarded by the lock. The words are on the heap for the runtime, which is told what waits are for.
    var queue = Deque<Entry>()
    /// 1 while there is something in the queue, or the workers are to end.
    let hasWork: UnsafeMutablePointer<UInt32>
    let flushState: UnsafeMutablePointer<UInt32>
    let arrived: UnsafeMutablePointer<UInt32>
    let running: UnsafeMutablePointer<UInt32>
    var flushGeneration: UInt64 = 0
    var flushQuorum = 0
    private(set) var isStopping = false
    private var places: UnsafeMutablePointer<AsyncPlace>?
    private var nextPlace = 0
    private var workers: [AsyncWorker] = []

    init(_ parts: DatabaseParts) {
        let configuration = parts.configuration
        workerCount = configuration.asyncWorkers
        placeCount = configuration.asyncOperations
        defects = configuration.defects
        hooks = configuration.hooks
        self.parts = parts
        hasWork = .allocate(capacity: 4)
        hasWork.initialize(repeating: 0, count: 4)
        flushState = hasWork + 1
        arrived = hasWork + 2
        running = hasWork + 3
        work.observed.isWaitedFor(until: hasWork, equals: 1)
        flushed.observed.isWaitedFor(until: flushState, equals: FlushState.complete)
        stopped.observed.isWaitedFor(until: running, equals: 0)
    }

    deinit {
        for condition in [work, flushed, flushTurn, stopped] { condition.observed.forget() }
        hasWork.deallocate()
        free(places)
    }

    /// Makes the array of operations and the workers, each with a session. What had been made when it throws is for
    /// `flush` and `stop` to end.
    func start() throws(EmberError) {
        Instrument.expect(role: Role.asyncWorker, count: workerCount)
        let what = "\(placeCount) async operations"
        let faults = parts.configuration.faults
        guard faults.failure(at: .allocate("async operations")) == nil,
            let memory = calloc(placeCount, MemoryLayout<AsyncPlace>.stride)
        else { throw .outOfMemory(what: what) }
        places = memory.bindMemory(to: AsyncPlace.self, capacity: placeCount)
        for number in 0..<workerCount {
            let worker = AsyncWorker(number, of: self, session: try parts.sessions.open(for: parts))
            lock.withLock { running.pointee += 1 }
            do throws(EmberError) {
                try worker.start(faults)
            } catch {
                lock.withLock { running.pointee -= 1 }
                worker.session.close()
                throw error
            }
            lock.withLock { workers.append(worker) }
        }
    }

    /// Puts an operation into the queue; the callback follows. Throws `.busy` when the queue is full.
    func enqueue(_ operation: AsyncOperation) throws(EmberError) {
        lock.lock()
        guard !isStopping else {
            lock.unlock()
            throw .closed(reason: "the database is closing")
        }
        guard let place = freePlace() else {
            lock.unlock()
            throw .busy(what: "async queue")
        }
        place.pointee = AsyncPlace(operation: .passRetained(operation), isTaken: 1)
        queue.append(.operation(place))
        hasWork.pointee = 1
        lock.unlock()
        work.signal()
        hooks.reach(.workSignalled)
    }

    /// Ends the workers after they have done what is in the queue.
    func stop() {
        Instrument.expect(role: Role.asyncWorker, count: 0)
        lock.lock()
        isStopping = true
        hasWork.pointee = 1
        work.broadcast()
        while running.pointee != 0 { _ = stopped.wait(lock, for: .milliseconds(100)) }
        let ended = workers
        workers = []
        lock.unlock()
        for worker in ended { worker.join() }
    }

    /// The next operation to do; nil when there is none and the pool is stopping: the worker is counted out then.
    func next() -> UnsafeMutablePointer<AsyncPlace>? {
        while true {
            // As it was: the flag is read before the lock is taken, so the signal may come before the wait.
            if defects.contains(.flagOutsideLock) && hasWork.pointee == 0 {
                hooks.reach(.queueFoundEmpty)
                lock.lock()
                Instrument.withIdleMark("waits for operations") { work.wait(lock) }
                lock.unlock()
            }
            lock.lock()
            defer { lock.unlock() }
            switch queue.first {
            case .operation(let place):
                queue.removeFirst()
                if queue.isEmpty && !isStopping { hasWork.pointee = 0 }
                return place
            case .flush:
                arriveAtFlush()
            case nil where isStopping:
                running.pointee -= 1
                stopped.signal()
                return nil
            case nil where !defects.contains(.flagOutsideLock):
                Instrument.withIdleMark("waits for operations") { _ = work.wait(lock, for: .milliseconds(100)) }
            case nil:
                break
            }
        }
    }

    /// Gives back the place of an operation that is done.
    func release(_ place: UnsafeMutablePointer<AsyncPlace>) {
        lock.withLock { place.pointee = AsyncPlace(operation: nil, isTaken: 0) }
    }

    /// Whether the calling thread is one of the workers. With the lock held.
    var isOnWorker: Bool { workers.contains { $0.isCurrent } }

    private func freePlace() -> UnsafeMutablePointer<AsyncPlace>? {
        guard let places else { return nil }
        for _ in 0..<placeCount {
            let place = places + nextPlace
            nextPlace = (nextPlace + 1) % placeCount
            if place.pointee.isTaken == 0 { return place }
        }
        return nil
    }
}
