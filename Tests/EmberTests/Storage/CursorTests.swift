import Testing

@testable import Ember

/// A cursor stands on a key, whatever happens to the pages.
@Suite struct CursorTests {
    private let folder = ScratchFolder()

    private func open(keys: Int) throws -> (store: Store, table: Table) {
        let store = try Store(opening: folder.path, tinyOptions())
        let table = try store.createTable("t")
        var contents: Contents = [:]
        for index in 0..<keys { contents[Self.name(index)] = "value \(index)" }
        try store.change(table, contents)
        return (store, table)
    }

    private static func name(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "0", count: 5 - digits.count) + digits
    }

    /// Between any two steps: keys before, at and after the cursor come and go, leaves are split, taken out, evicted.
    @Test(arguments: [true, false]) func itSeesItsSnapshotWhateverHappens(isForward: Bool) throws {
        let (store, table) = try open(keys: 300)
        let reader = try store.begin()
        let cursor = table.cursor(in: reader)
        var random = SeededRandom(3)
        var seen: [String] = []
        while let found = try isForward ? cursor.next() : cursor.previous() {
            seen.append(text(found.key))
            var changes: [String: String?] = [:]
            for _ in 0..<5 {
                changes[Self.name(Int.random(in: 0..<300, using: &random))] = .some(nil)
                let name = Self.name(Int.random(in: 0..<300, using: &random))
                changes[name + "+"] = String(repeating: "x", count: 100)
            }
            try store.change(table, changes)
            try store.evict(atMost: 5000)
        }
        let expected = (0..<300).map(Self.name)
        #expect(seen == (isForward ? expected : expected.reversed()))
    }

    /// With nobody else's snapshot to keep them, emptied leaves are taken out under the cursor.
    @Test func itSeesItsOwnChangesAtOnce() throws {
        let (store, table) = try open(keys: 100)
        let transaction = try store.begin()
        let cursor = table.cursor(in: transaction)
        #expect(try cursor.next()?.key == key("00000"))
        try table.delete(key("00001"), in: transaction)
        try table.put(key("00001+"), key("new"), in: transaction)
        #expect(try cursor.next() == KeyValue(key: key("00001+"), value: key("new")))
        try table.delete(key("00001+"), in: transaction)
        #expect(try cursor.previous()?.key == key("00000"))
        #expect(try cursor.next()?.key == key("00002"))
    }

    @Test func itTurnsAroundAndStaysAtItsEnds() throws {
        let (_, table, store) = try {
            let opened = try open(keys: 5)
            return (0, opened.table, opened.store)
        }()
        let transaction = try store.begin()
        let cursor = table.cursor(from: key("00001"), upTo: key("00004"), in: transaction)
        #expect(try cursor.next()?.key == key("00001"))
        #expect(try cursor.next()?.key == key("00002"))
        #expect(try cursor.previous()?.key == key("00001"))
        #expect(try cursor.previous() == nil)
        #expect(try cursor.previous() == nil)
        #expect(try cursor.next()?.key == key("00001"))
        #expect(try cursor.next()?.key == key("00002"))
        #expect(try cursor.next()?.key == key("00003"))
        #expect(try cursor.next() == nil)
        #expect(try cursor.next() == nil)
        #expect(try cursor.previous()?.key == key("00003"))
        cursor.seek(key("00002"))
        #expect(try cursor.next()?.key == key("00003"))
        cursor.seek(key("00000"))
        #expect(try cursor.next()?.key == key("00001"))
        #expect(try cursor.previous() == nil)
        cursor.seek(key("9"))
        #expect(try cursor.previous()?.key == key("00003"))
        cursor.seek(key("9"))
        #expect(try cursor.next() == nil)
        #expect(try table.cursor(from: key("3"), upTo: key("2"), in: transaction).next() == nil)
        #expect(try table.cursor(from: key("3"), upTo: key("2"), in: transaction).previous() == nil)
    }

    @Test func theEmptyKeyIsAKey() throws {
        let (store, table) = try open(keys: 3)
        try store.change(table, ["": "nothing"])
        let transaction = try store.begin()
        #expect(try table.get([], in: transaction) == key("nothing"))
        #expect(try table.cursor(in: transaction).next()?.key == [])
        #expect(try table.pairs(isForward: false, in: transaction).last?.0.isEmpty == true)
    }
}
