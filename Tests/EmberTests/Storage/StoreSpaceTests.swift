import Foundation
import Testing

@testable import Ember

/// Memory and files do not grow without need.
@Suite struct StoreSpaceTests {
    private let folder = ScratchFolder()

    @Test func whatIsOverwrittenGivesItsPlaceBack() throws {
        let store = try Store(opening: folder.path, tinyOptions())
        let table = try store.createTable("t")
        var ends: [UInt64] = []
        for round in 0..<40 {
            var contents: Contents = [:]
            for index in 0..<60 { contents["key \(index)"] = "value \(round)" }
            try store.change(table, contents)
            if round % 3 == 0 { try store.evict(atMost: .max) }
            try store.checkpoint()
            ends.append(table.file.bytes.end)
        }
        // Two checkpoints at the most, and what is between their blocks.
        #expect(ends[39] <= ends[5] * 2)
        #expect(store.log.segmentStarts.count <= 3)
    }

    /// Keys come at one end and go at the other.
    @Test func emptiedLeavesAreTakenOut() throws {
        let store = try Store(opening: folder.path, tinyOptions())
        let table = try store.createTable("queue")
        for index in 0..<600 {
            try store.change(table, [String(100_000 + index): "some work", String(100_000 + index - 20): nil])
            if index % 50 == 49 { try store.checkpoint() }
        }
        #expect(try store.contents(of: "queue").count == 20)
        #expect(table.leafCount < 25)
        #expect(try Set(folder.names()).isSuperset(of: ["lock", "meta", "table-1"]))
    }

    @Test func versionsThatNobodyNeedsGo() throws {
        let store = try Store(opening: folder.path, tinyOptions())
        let table = try store.createTable("t")
        let reader = try store.begin()
        for index in 0..<500 { try store.change(table, ["hot": "value \(index)"]) }
        let kept = store.bytesInMemory
        #expect(try table.get(key("hot"), in: reader) == nil)
        reader.rollBack()
        try store.change(table, ["hot": "last"])
        #expect(store.bytesInMemory < kept / 50)
    }

    /// A page may have to hold what an old snapshot sees, too.
    @Test func evictedPagesKeepWhatSnapshotsNeed() throws {
        let store = try Store(opening: folder.path, tinyOptions())
        let table = try store.createTable("t")
        var readers: [Transaction] = []
        for index in 0..<20 {
            try store.change(table, ["a": "\(index)", "b": index % 3 == 0 ? nil : "\(index)"])
            readers.append(try store.begin())
        }
        try store.evict(atMost: .max)
        #expect(store.bytesInMemory == 0)
        try store.checkpoint()
        for (index, reader) in readers.enumerated() {
            #expect(try table.get(key("a"), in: reader) == key("\(index)"))
            #expect(try table.get(key("b"), in: reader) == (index % 3 == 0 ? nil : key("\(index)")))
        }
    }

    /// The least recently used ones go first.
    @Test func evictionTakesWhatWasNotUsed() throws {
        var options = tinyOptions()
        options.cacheBytes = 1 << 20
        let store = try Store(opening: folder.path, options)
        let table = try store.createTable("t")
        for index in 0..<200 { try store.change(table, [String(1000 + index): "value"]) }
        let total = store.bytesInMemory
        let reader = try store.begin()
        for _ in 0..<3 { for index in 150..<200 { _ = try table.get(key(String(1000 + index)), in: reader) } }
        #expect(try store.evict(atMost: total / 2) >= total / 2)
        let left = store.bytesInMemory
        #expect(left < total * 6 / 10 && left > 0)
        for index in 150..<200 { _ = try table.get(key(String(1000 + index)), in: reader) }
        #expect(store.bytesInMemory == left)
    }

    @Test func bigValuesAreTaken() throws {
        let store = try Store(opening: folder.path, tinyOptions())
        let table = try store.createTable("t")
        let value = [UInt8](repeating: 7, count: Table.valueLimit)
        let name = [UInt8](repeating: 8, count: Table.keyLimit)
        let transaction = try store.begin()
        try table.put(name, value, in: transaction)
        #expect(throws: EmberError.self) { try table.put(name, value + [1], in: transaction) }
        #expect(throws: EmberError.self) { try table.put(name + [1], value, in: transaction) }
        try transaction.commit()
        try store.evict(atMost: .max)
        #expect(try table.get(name, in: store.begin()) == value)
        store.close()
        let again = try Store(opening: folder.path, tinyOptions())
        #expect(try #require(again.table(named: "t")).get(name, in: again.begin()) == value)
    }

    @Test func idleFilesAreClosedAndOpenedAgain() throws {
        let store = try Store(opening: folder.path, tinyOptions())
        for name in ["a", "b", "c"] { try store.change(try store.createTable(name), ["k": name]) }
        try store.evict(atMost: .max)
        #expect(store.openFileCount == 3)
        // What was written and not synced would lose a late error with its handle.
        #expect(store.sweep(idleFor: .zero) == 0)
        try store.checkpoint()
        #expect(store.sweep(idleFor: .seconds(60)) == 0)
        #expect(store.sweep(idleFor: .zero) == 3)
        #expect(try store.contents(of: "b") == ["k": "b"])
        #expect(store.openFileCount == 1)
    }

    /// The files of this folder that the process has open.
    private var openFiles: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { name in
                var target = [CChar](repeating: 0, count: Int(PATH_MAX))
                let length = readlink("/proc/self/fd/" + name, &target, target.count)
                guard length > 0 else { return nil }
                let text = String(decoding: target[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
                return text.hasPrefix(folder.path.string) ? text : nil
            }
        }
    }

    @Test func aStoreThatIsGoneHasNoFiles() throws {
        do {
            let store = try Store(opening: folder.path, tinyOptions())
            for name in ["a", "b"] {
                let table = try store.createTable(name)
                for index in 0..<100 { try store.change(table, ["key \(index)": "value"]) }
            }
            // Some stay in the queue of what goes next.
            try store.evict(atMost: 1000)
            #expect(try openFiles.contains { $0.contains("table-") })
            store.close()
            #expect(try !openFiles.contains { $0.contains("table-") })
        }
        #expect(try openFiles.isEmpty)
        // The log is replayed in a cache that is too small for it.
        _ = try Store(opening: folder.path, tinyOptions())
        #expect(try openFiles.isEmpty)
    }
}
