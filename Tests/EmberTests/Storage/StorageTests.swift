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
}
