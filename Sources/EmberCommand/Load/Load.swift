import Ember
import Synchronization

/// Reads and writes random rows of a table on several threads.
struct Load: Sendable {
    let database: Database
    let table: String
    let rows: Int
    let valueBytes: Int
    var readPercent = 50
    /// A thread more enqueues operations for the workers and flushes, and another one scans.
    var usesWorkers = false

    init(_ database: Database, table: String, rows: Int, valueBytes: Int) {
        self.database = database
        self.table = table
        self.rows = rows
        self.valueBytes = valueBytes
    }

    /// Does it for `time`; what was done. Throws the first error of any thread.
    func run(threads: Int, for time: Duration) throws -> LoadFigures {
        let end = ContinuousClock.now + time
        let results = LoadResults()
        var running = try (0..<threads).map { number in
            let session = try database.openSession()
            return try start("load-\(number)", results) { try readAndWrite(session, UInt64(number), until: end) }
        }
        if usesWorkers {
            let session = try database.openSession()
            running.append(try start("load-async", results) { try enqueue(until: end) })
            running.append(try start("load-scan", results) { try scan(session, until: end) })
        }
        for thread in running { thread.join() }
        return try results.total()
    }

    private func start(
        _ name: String, _ results: LoadResults, _ body: @escaping @Sendable () throws -> LoadFigures
    ) throws -> ApplicationThread {
        try ApplicationThread(name) { results.add(Result { try body() }) }
    }

    private func readAndWrite(
        _ session: Session, _ seed: UInt64, until end: ContinuousClock.Instant
    ) throws -> LoadFigures {
        var figures = LoadFigures()
        var random = RandomSequence(seed, 4)
        let value = [UInt8](repeating: 0x2E, count: valueBytes)
        var now = ContinuousClock.now
        while now < end {
            let key = Application.key(Int.random(in: 0..<rows, using: &random))
            let begin = now
            let isRead = Int.random(in: 0..<100, using: &random) < readPercent
            if isRead {
                _ = try session.get(table, key)
            } else {
                do { try session.put(table, key, value) } catch EmberError.conflict { figures.conflicts += 1 }
            }
            now = .now
            figures.note(begin.duration(to: now), isRead: isRead)
        }
        return figures
    }

    private func enqueue(until end: ContinuousClock.Instant) throws -> LoadFigures {
        var figures = LoadFigures()
        let value = [UInt8](repeating: 0x2E, count: valueBytes)
        let done = DoneCounter()
        while ContinuousClock.now < end {
            for _ in 0..<50 {
                let key = Application.key(.random(in: 0..<rows))
                do {
                    try database.enqueue(AsyncOperation(.put(table: table, key: key, value: value)) { _ in done.add() })
                } catch EmberError.busy {
                    try database.flush()
                }
            }
            try database.flush()
        }
        figures.asynchronous = done.count
        return figures
    }

    private func scan(_ session: Session, until end: ContinuousClock.Instant) throws -> LoadFigures {
        var figures = LoadFigures()
        while ContinuousClock.now < end {
            let cursor = try session.cursor(table)
            while ContinuousClock.now < end, try cursor.next() != nil { figures.scanned += 1 }
        }
        return figures
    }
}

/// Counts on any thread.
private final class DoneCounter: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
}

/// What the threads of a load have done or met.
private final class LoadResults: Sendable {
    private let results = Mutex<[Result<LoadFigures, any Error>]>([])

    func add(_ result: Result<LoadFigures, any Error>) { results.withLock { $0.append(result) } }

    func total() throws -> LoadFigures {
        var total = LoadFigures()
        for result in results.withLock({ $0 }) { total.add(try result.get()) }
        return total
    }
}
