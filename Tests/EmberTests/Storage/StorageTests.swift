import Glibc
import Testing

@testable import Ember

/// What a store promises to one thread.
@Suite struct StorageTests {
    @Test func whatIsCommittedIsThereAfterReopening() throws {
        let folder = ScratchFolder()
        do {
            let store = try Store(opening: folder.path)
            let table = try store.createTable("accounts")
            let transaction = try store.begin()
            try table.put(key("a"), key("1"), in: transaction)
            try table.put(key("b"), key("2"), in: transaction)
            try transaction.commit()
            store.close()
        }
        for round in 0..<3 {
            let store = try Store(opening: folder.path)
            #expect(store.tableNames == ["accounts"])
            let table = try #require(store.table(named: "accounts"))
            let transaction = try store.begin()
            #expect(try table.get(key("a"), in: transaction) == key("1"))
            #expect(try table.get(key("b"), in: transaction) == key("2"))
            #expect(try table.get(key("c"), in: transaction) == nil)
            #expect(store.recovery.transactions == (round < 2 ? 1 : 0))
            if round == 1 { try store.checkpoint() }
            store.close()
        }
    }

    @Test func nobodySeesWhatIsNotCommitted() throws {
        let folder = ScratchFolder()
        let store = try Store(opening: folder.path)
        let table = try store.createTable("t")
        let writer = try store.begin()
        try table.put(key("k"), key("v"), in: writer)
        let reader = try store.begin()
        #expect(try table.get(key("k"), in: reader) == nil)
        #expect(try table.get(key("k"), in: writer) == key("v"))
        try writer.commit()
        #expect(try table.get(key("k"), in: reader) == nil)
        #expect(try table.get(key("k"), in: store.begin()) == key("v"))
    }

    /// A commit that is in the log already, but not on the disk, is nobody else's to show.
    @Test func whatIsNotDurableIsNotVisible() throws {
        let folder = ScratchFolder()
        let store = try Store(opening: folder.path)
        let table = try store.createTable("t")
        let (first, second) = (try store.begin(), try store.begin())
        try table.put(key("first"), key("1"), in: first)
        try table.put(key("second"), key("2"), in: second)
        try first.commit { log, position throws(EmberError) in
            try log.flush(upTo: position)
            // Appended behind the first, and left there.
            do throws(EmberError) {
                try second.commit { _, _ throws(EmberError) in throw .busy(what: "the disk") }
            } catch { #expect(error == .busy(what: "the disk")) }
        }
        #expect(try store.contents(of: "t") == ["first": "1"])
        #expect(store.log.durable < store.log.appended)
        // The next that syncs takes it along.
        try store.change(table, ["third": "3"])
        #expect(try store.contents(of: "t").count == 3)
    }

    @Test func oneStoreIsOpenOnce() throws {
        let folder = ScratchFolder()
        let store = try Store(opening: folder.path)
        let error = #expect(throws: EmberError.self) { try Store(opening: folder.path) }
        #expect(error?.code == EBUSY)
        store.close()
        store.close()
        #expect(throws: EmberError.self) { try store.begin() }
        #expect(throws: EmberError.self) { try store.createTable("t") }
        #expect(throws: EmberError.self) { try store.checkpoint() }
        try Store(opening: folder.path).close()
    }

    @Test func namesAreChecked() throws {
        let folder = ScratchFolder()
        let store = try Store(opening: folder.path)
        try store.createTable("é/\u{0}")
        #expect(throws: EmberError.self) { try store.createTable("é/\u{0}") }
        #expect(throws: EmberError.self) { try store.createTable("") }
        #expect(throws: EmberError.self) { try store.createTable(String(repeating: "x", count: 256)) }
        try store.createTable(String(repeating: "x", count: 255))
        store.close()
        #expect(try Store(opening: folder.path).tableNames.count == 2)
    }

    @Test func anEndedTransactionDoesNothing() throws {
        let folder = ScratchFolder()
        let store = try Store(opening: folder.path)
        let table = try store.createTable("t")
        let transaction = try store.begin()
        try table.put(key("a"), key("1"), in: transaction)
        transaction.rollBack()
        #expect(throws: EmberError.self) { try table.put(key("a"), key("2"), in: transaction) }
        #expect(throws: EmberError.self) { try table.get(key("a"), in: transaction) }
        #expect(throws: EmberError.self) { try transaction.commit() }
        do {
            let lost = try store.begin()
            try table.put(key("a"), key("3"), in: lost)
        }
        // Nobody holds the key any more.
        try store.change(table, ["a": "4"])
        #expect(try store.contents(of: "t") == ["a": "4"])
        #expect(store.transactions.activeCount == 0)
    }
}
