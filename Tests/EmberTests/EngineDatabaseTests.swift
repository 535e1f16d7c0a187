import Ember
import Glibc
import SystemPackage
import Testing

@Suite struct EngineDatabaseTests {
    @Test func whatWasWrittenIsThereAgain() throws {
        let folder = try WorkFolder()
        let first = try Database.open(folder.database, .small())
        let writer = try first.openSession()
        try writer.createTable("fruit")
        for number in 0..<500 { try writer.put("fruit", bytes("key\(number)"), bytes("value\(number)")) }
        try writer.delete("fruit", bytes("key7"))
        try first.close()

        let second = try Database.open(folder.database, .small())
        let reader = try second.openSession()
        #expect(second.tableNames == ["fruit"])
        #expect(try reader.get("fruit", bytes("key499")) == bytes("value499"))
        #expect(try reader.get("fruit", bytes("key7")) == nil)
        try second.close()
    }

    @Test func aTransactionIsSeenWhenItHasCommitted() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small())
        let one = try database.openSession()
        let other = try database.openSession()
        try one.createTable("t")
        try one.begin()
        try one.put("t", [1], [10])
        #expect(try one.get("t", [1]) == [10])
        #expect(try other.get("t", [1]) == nil)
        #expect(throws: EmberError.conflict) { try other.put("t", [1], [11]) }
        try one.commit()
        #expect(try other.get("t", [1]) == [10])
        try one.begin()
        try one.put("t", [1], [12])
        one.rollBack()
        #expect(try one.get("t", [1]) == [10])
        try database.close()
    }

    @Test func aCursorSeesOneSnapshot() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small())
        let session = try database.openSession()
        try session.createTable("t")
        for key in 0..<10 as Range<UInt8> { try session.put("t", [key], [key]) }
        let cursor = try session.cursor("t", from: [3], upTo: [8])
        try session.put("t", [5], [50])
        var seen: [[UInt8]] = []
        while let entry = try cursor.next() { seen.append(entry.value) }
        #expect(seen == [[3], [4], [5], [6], [7]])
        try database.close()
    }

    @Test func manySessionsWriteAtOnce() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small())
        try database.openSession().createTable("t")
        let threads = try (0..<6).map { number in
            try Aside {
                let session = try database.openSession()
                for key in 0..<50 { try session.put("t", bytes("\(number)-\(key)"), bytes("\(key)")) }
                session.close()
            }
        }
        for thread in threads { #expect(try thread.ends(within: .seconds(60))) }
        let session = try database.openSession()
        let cursor = try session.cursor("t")
        var count = 0
        while try cursor.next() != nil { count += 1 }
        #expect(count == 300)
        try database.close()
    }

    @Test func sessionsHaveSlots() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small { $0.sessions = 6 })
        let first = try database.openSession()
        let second = try database.openSession()
        #expect(throws: EmberError.busy(what: "sessions")) { try database.openSession() }
        first.close()
        #expect(throws: EmberError.closed(reason: "the session is closed")) { try first.get("t", [1]) }
        _ = try database.openSession()
        #expect(throws: EmberError.notFound(what: "table t")) { try second.get("t", [1]) }
        try database.close()
        #expect(throws: EmberError.self) { try second.get("t", [1]) }
        #expect(throws: EmberError.self) { try database.openSession() }
    }

    @Test func putsWaitForTheEvictionServer() throws {
        let folder = try WorkFolder()
        let database = try Database.open(folder.database, .small { $0.cacheBytes = 256 << 10 })
        let session = try database.openSession()
        try session.createTable("t")
        let value = [UInt8](repeating: 7, count: 16 << 10)
        for key in 0..<200 { try session.put("t", bytes("key\(key)"), value) }
        #expect(database.bytesInMemory < 1 << 20)
        for key in 0..<200 { #expect(try session.get("t", bytes("key\(key)")) == value) }
        try database.close()
    }

    @Test func theCheckpointServerServes() throws {
        let folder = try WorkFolder()
        let hooks = Hooks.watching(.checkpointServed)
        let database = try Database.open(folder.database, .small { $0.hooks = hooks })
        let session = try database.openSession()
        try session.createTable("t")
        try session.put("t", [1], [1])
        #expect(!hooks.wait(for: .checkpointServed, atMost: .milliseconds(300)))
        database.requestCheckpoint()
        #expect(hooks.wait(for: .checkpointServed))
        try database.reconfigure(checkpointInterval: .milliseconds(200))
        try database.checkpoint()
        try database.close()
        #expect(throws: EmberError.self) { try database.reconfigure(checkpointInterval: nil) }
        #expect(throws: EmberError.self) { try database.close() }
    }

    @Test func theSweepServerClosesWhatIsIdle() throws {
        let folder = try WorkFolder()
        let database = try Database.open(
            folder.database,
            .small {
                $0.sweepInterval = .milliseconds(50)
                $0.idleHandle = .seconds(1)
            })
        let session = try database.openSession()
        try session.createTable("t")
        try session.put("t", [1], [1])
        try database.checkpoint()
        #expect(database.openTableCount == 1)
        for _ in 0..<1000 where database.openTableCount > 0 { usleep(10_000) }
        #expect(database.openTableCount == 0)
        #expect(try session.get("t", [1]) == [1])
        try database.close()
    }

    @Test func aConfigurationIsChecked() throws {
        let folder = try WorkFolder()
        #expect(throws: EmberError.self) { try Database.open(folder.database, .small { $0.asyncWorkers = 0 }) }
        #expect(throws: EmberError.self) { try Database.open(folder.database, .small { $0.sessions = 3 }) }
        #expect(throws: EmberError.self) { try Database.open(folder.database, .small { $0.cacheBytes = 0 }) }
    }
}

extension Hooks {
    static func watching(_ points: HookPoint...) -> Hooks {
        var hooks = Hooks()
        for point in points { hooks.watch(point) }
        return hooks
    }
}
