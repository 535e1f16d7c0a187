import Glibc
import Testing

@testable import Ember

/// System calls that fail.
@Suite struct StoreFaultTests {
    private let folder = ScratchFolder()
    private let options = tinyOptions()

    private func open() throws -> (store: Store, table: Table) {
        let store = try Store(opening: folder.path, options)
        return (store, try store.table(named: "t") ?? store.createTable("t"))
    }

    /// After a failed sync nobody knows what is on the disk, and a later one that succeeds proves nothing.
    @Test(arguments: [FaultPoint.logWrite, .logSync]) func aLogThatFailsEndsTheStore(point: FaultPoint) throws {
        do {
            let (store, table) = try open()
            try store.change(table, ["a": "1"])
            options.faults.fail(point, with: EIO)
            #expect(throws: EmberError.self) { try store.change(table, ["a": "2"]) }
            #expect(throws: EmberError.self) { try store.change(table, ["b": "3"]) }
            #expect(throws: EmberError.self) { try store.begin() }
            #expect(throws: EmberError.self) { try store.checkpoint() }
            #expect(throws: EmberError.self) { try store.evict(atMost: 1) }
            #expect(throws: EmberError.self) { try store.createTable("u") }
            let error = #expect(throws: EmberError.self) { try store.check() }
            #expect(error?.description.contains("Input/output error") == true)
            store.close()
        }
        let contents = try open().store.contents(of: "t")
        #expect(contents == ["a": "1"] || contents == ["a": "2"] && point == .logSync)
    }

    @Test(arguments: [FaultPoint.pageSync, .metaSync, .folderSync])
    func aCheckpointWhoseSyncFailsEndsTheStore(point: FaultPoint) throws {
        do {
            let (store, table) = try open()
            try store.change(table, ["a": "1"])
            try store.checkpoint()
            try store.change(table, ["a": "2"])
            options.faults.fail(point, with: EIO)
            #expect(throws: EmberError.self) { try store.checkpoint() }
            #expect(throws: EmberError.self) { try store.checkpoint() }
            #expect(throws: EmberError.self) { try store.change(table, ["a": "3"]) }
            store.close()
        }
        #expect(try open().store.contents(of: "t") == ["a": "2"])
    }

    @Test(arguments: [FaultPoint.pageWrite, .metaWrite, .rename])
    func aCheckpointThatFailsLeavesTheLastOne(point: FaultPoint) throws {
        var expected: Contents = [:]
        do {
            let (store, table) = try open()
            for round in 0..<4 {
                for index in 0..<20 { expected["k\(index)"] = "value of round \(round)" }
                try store.change(table, expected)
                options.faults.fail(point, onCall: round + 1, with: ENOSPC)
                let error = #expect(throws: EmberError.self) {
                    try store.checkpoint()
                    for extra in 0..<4 {
                        expected["extra"] = "\(round) \(extra)"
                        try store.change(table, ["extra": expected["extra"]])
                        try store.checkpoint()
                    }
                }
                #expect(error?.code == ENOSPC)
                options.faults.clear()
                let copy = try folder.copy()
                #expect(try Store(opening: copy.path, tinyOptions()).contents(of: "t") == expected)
                if round % 2 == 1 { try store.checkpoint() }
            }
            // What failed does not hold on to places in the file.
            let used = table.file.bytes.inUse
            for _ in 0..<5 {
                try store.change(table, expected)
                try store.checkpoint()
            }
            #expect(table.file.bytes.inUse <= used + 2 * BlockMap.unit)
            store.close()
        }
        #expect(try open().store.contents(of: "t") == expected)
    }

    @Test func aPageThatCannotBeWrittenStaysInMemory() throws {
        let (store, table) = try open()
        var expected: Contents = [:]
        for index in 0..<50 { expected["k\(index)"] = "value \(index)" }
        try store.change(table, expected)
        let before = store.bytesInMemory
        options.faults.fail(.pageWrite, with: ENOSPC)
        #expect(throws: EmberError.self) { try store.evict(atMost: .max) }
        #expect(store.bytesInMemory == before)
        #expect(try store.contents(of: "t") == expected)
        try store.evict(atMost: .max)
        #expect(store.bytesInMemory == 0)
        #expect(try store.contents(of: "t") == expected)
    }

    @Test func aPageThatCannotBeReadIsNoMissingKey() throws {
        let (store, table) = try open()
        try store.change(table, ["a": "1"])
        try store.evict(atMost: .max)
        let transaction = try store.begin()
        options.faults.fail(.pageRead, with: EIO)
        #expect(throws: EmberError.self) { try table.get(key("a"), in: transaction) }
        #expect(try table.get(key("a"), in: transaction) == key("1"))
        try store.checkpoint()
        try store.evict(atMost: .max)
        #expect(store.sweep(idleFor: .zero) == 1)
        options.faults.fail(.open, with: EMFILE)
        #expect(throws: EmberError.self) { try table.get(key("a"), in: transaction) }
        #expect(try table.get(key("a"), in: transaction) == key("1"))
    }

    /// Whatever call fails in a run: what was acknowledged is there afterwards, in the store if it goes on, or reopened.
    @Test func anyCallMayFail() throws {
        let points: [FaultPoint] = [
            .logWrite, .logSync, .pageWrite, .pageRead, .pageSync, .metaWrite, .metaSync, .folderSync, .rename, .unlink,
            .truncate, .open,
        ]
        for point in points {
            for call in [1, 2, 3, 5, 8] { try failOne(point, call) }
        }
    }

    private func failOne(_ point: FaultPoint, _ call: Int) throws {
        let folder = ScratchFolder()
        var options = tinyOptions()
        options.logSegmentBytes = 400
        options.faults.fail(point, onCall: call, with: EIO)
        // After each commit that was begun; the last that was acknowledged.
        var states: [Contents] = [[:]]
        var acknowledged = 0
        var store: Store?
        for step in 0..<24 {
            do throws(EmberError) {
                if store == nil { store = try Store(opening: folder.path, options) }
                guard let store else { return }
                let table = if let table = store.table(named: "t") { table } else { try store.createTable("t") }
                var contents = states[acknowledged]
                contents["k\(step % 7)"] = "value \(step)"
                states = Array(states[...acknowledged]) + [contents]
                try store.change(table, ["k\(step % 7)": "value \(step)"])
                acknowledged += 1
                if step % 5 == 2 { try store.checkpoint() }
                if step % 3 == 1 { try store.evict(atMost: .max) }
                if step % 8 == 7 { throw .closed(reason: "opened again") }
            } catch {
                store?.close()
                store = nil
                let open = try Store(opening: folder.path, tinyOptions())
                let contents = try open.contents(of: "t")
                let index = try #require(states.lastIndex(of: contents), "\(point) \(call) \(error) \(contents)")
                #expect(index >= acknowledged, "\(point) \(call) \(error)")
                acknowledged = index
                open.close()
            }
        }
    }
}
