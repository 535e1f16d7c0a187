import Ember
import Glibc
import Testing

@Suite struct EngineAsyncTests {
    private func put(_ key: String, then completion: @escaping AsyncOperation.Completion) -> AsyncOperation {
        AsyncOperation(.put(table: "t", key: bytes(key), value: bytes(key)), completion: completion)
    }

    @Test func aFlushWaitsForAllCallbacks() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small())
        try database.openSession().createTable("t")
        let done = Count()
        for round in 1...5 {
            for key in 0..<40 {
                try database.enqueue(
                    put("\(round)-\(key)") { result in
                        if case .success = result { done.add() }
                    })
            }
            try database.flush()
            #expect(done.current == round * 40)
        }
        try database.enqueue(
            AsyncOperation(.get(table: "t", key: bytes("3-7"))) { result in
                if case .success(bytes("3-7")) = result { done.add() }
            })
        try database.enqueue(AsyncOperation(.delete(table: "t", key: bytes("3-8"))) { _ in })
        try database.close()
        #expect(done.current == 201)
    }

    @Test func flushesFromManyThreadsEnd() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small())
        try database.openSession().createTable("t")
        let done = Count()
        let threads = try (0..<4).map { number in
            try Aside {
                for round in 0..<5 {
                    try database.enqueue(
                        AsyncOperation(.put(table: "t", key: bytes("\(number)-\(round)"), value: [1])) { _ in done.add()
                        })
                    try database.flush()
                }
            }
        }
        for thread in threads { #expect(try thread.ends(within: .seconds(60))) }
        #expect(done.current == 20)
        try database.close()
    }

    @Test func aFullQueueIsBusyUntilAPlaceIsFree() throws {
        let folder = try WorkFolder()
        let database = try Database.open(
            folder.database,
            .small {
                $0.asyncOperations = 3
                $0.asyncWorkers = 1
            })
        try database.openSession().createTable("t")
        let gate = Lock("gate")
        gate.lock()
        for key in 0..<3 { try database.enqueue(put("\(key)") { _ in gate.withLock {} }) }
        #expect(throws: EmberError.busy(what: "async queue")) { try database.enqueue(put("x") { _ in }) }
        gate.unlock()
        try database.flush()
        try database.enqueue(put("x") { _ in })
        try database.close()
        #expect(throws: EmberError.self) { try database.enqueue(put("y") { _ in }) }
    }

    @Test func aCallbackCannotWaitForItsQueue() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small())
        try database.openSession().createTable("t")
        let refused = Count()
        try database.enqueue(
            put("a") { _ in
                do throws(EmberError) { try database.flush() } catch { refused.add() }
                do throws(EmberError) { try database.close() } catch { refused.add() }
            })
        try database.close()
        #expect(refused.current == 2)
    }

    @Test func failedOperationsGiveTheirPlacesBack() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small { $0.asyncOperations = 2 })
        let failed = Count()
        for _ in 0..<10 {
            try database.enqueue(
                AsyncOperation(.get(table: "none", key: [1])) { result in
                    if case .failure(.notFound) = result { failed.add() }
                })
            try database.flush()
        }
        #expect(failed.current == 10)
        try database.close()
    }

    @Test func openWithoutMemoryForTheOperationsFails() throws {
        let folder = try WorkFolder()
        let faults = Faults()
        faults.fail(.allocate("async operations"), with: ENOMEM)
        #expect(throws: EmberError.outOfMemory(what: "64 async operations")) {
            try Database.open(folder.database, .small { $0.faults = faults })
        }
        // Nothing is left open or locked.
        try Database.open(folder.database, .small()).close()
    }

    @Test(arguments: 1...8) func openWithoutAThreadFails(_ thread: Int) throws {
        let folder = try WorkFolder()
        let faults = Faults()
        faults.fail(.createThread, onCall: thread, with: EAGAIN)
        let error = #expect(throws: EmberError.self) {
            try Database.open(folder.database, .small { $0.faults = faults })
        }
        #expect(error?.code == EAGAIN)
        try Database.open(folder.database, .small()).close()
    }

    @Test func aWorkerSurvivesAFailedDisk() throws {
        let folder = try WorkFolder()
        let faults = Faults()
        let database = try Database.open(folder.database, .small { $0.faults = faults })
        try database.openSession().createTable("t")
        faults.fail(.logWrite, with: EIO)
        let failed = Count()
        for key in 0..<8 {
            try database.enqueue(
                put("\(key)") { result in
                    if case .failure = result { failed.add() }
                })
        }
        try database.flush()
        #expect(failed.current == 8)
        try database.close()
    }
}
