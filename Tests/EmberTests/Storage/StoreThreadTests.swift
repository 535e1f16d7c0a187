import Glibc
import Synchronization
import Testing

@testable import Ember

/// Many threads at once, with checkpoints, evictions and sweeps among them.
@Suite struct StoreThreadTests {
    private static let accounts = 60

    private final class Shared: Sendable {
        let store: Store
        let table: Table
        let isOver = Atomic<Bool>(false)
        let transfers = Atomic<Int>(0)
        let conflicts = Atomic<Int>(0)

        init(_ folder: ScratchFolder) throws {
            store = try Store(opening: folder.path, tinyOptions())
            table = try store.createTable("accounts")
        }
    }

    /// Money goes from account to account; no snapshot may see more or less of it than there is.
    @Test func nothingIsLostOrSeenHalfDone() throws {
        let folder = ScratchFolder()
        let shared = try Shared(folder)
        var first: Contents = [:]
        for index in 0..<Self.accounts { first["account \(index)"] = "100" }
        try shared.store.change(shared.table, first)

        let writers = try (0..<4).map { seed in
            try Running {
                var random = SeededRandom(seed)
                for _ in 0..<300 { try Self.transfer(shared, using: &random) }
            }
        }
        let readers = try [true, false].map { isForward in
            try Running { while !shared.isOver.load(ordering: .relaxed) { try Self.add(shared, isForward) } }
        }
        let servers = [
            try Running { while !shared.isOver.load(ordering: .relaxed) { try shared.store.evict(atMost: 3000) } },
            try Running {
                while !shared.isOver.load(ordering: .relaxed) {
                    try shared.store.checkpoint()
                    shared.store.sweep(idleFor: .zero)
                }
            },
        ]
        defer { shared.isOver.store(true, ordering: .relaxed) }
        for writer in writers { try writer.join() }
        shared.isOver.store(true, ordering: .relaxed)
        for other in readers + servers { try other.join() }

        #expect(shared.transfers.load(ordering: .relaxed) == 1200)
        let last = try shared.store.contents(of: "accounts")
        #expect(last.values.reduce(0) { $0 + (Int($1) ?? 0) } == 100 * Self.accounts)
        #expect(shared.store.transactions.activeCount == 0)
        shared.store.close()
        #expect(try Store(opening: folder.path, tinyOptions()).contents(of: "accounts") == last)
    }

    private static func transfer(_ shared: Shared, using random: inout SeededRandom) throws {
        while true {
            let transaction = try shared.store.begin()
            let (from, to) = (
                Int.random(in: 0..<accounts, using: &random), Int.random(in: 0..<accounts, using: &random)
            )
            do throws(EmberError) {
                let amount = Int.random(in: 1...20, using: &random)
                try add(-amount, to: "account \(from)", shared.table, transaction)
                try add(amount, to: "account \(to)", shared.table, transaction)
                try transaction.commit()
                shared.transfers.wrappingAdd(1, ordering: .relaxed)
                return
            } catch {
                guard error == .conflict else { throw error }
                shared.conflicts.wrappingAdd(1, ordering: .relaxed)
                transaction.rollBack()
            }
        }
    }

    /// An account with nothing is deleted.
    private static func add(
        _ amount: Int, to account: String, _ table: Table, _ transaction: Transaction
    ) throws(EmberError) {
        let balance = try table.get(key(account), in: transaction).flatMap { Int(text($0)) } ?? 0
        if balance + amount == 0 {
            try table.delete(key(account), in: transaction)
        } else {
            try table.put(key(account), key("\(balance + amount)"), in: transaction)
        }
    }

    private static func add(_ shared: Shared, _ isForward: Bool) throws {
        let transaction = try shared.store.begin()
        let pairs = try shared.table.pairs(isForward: isForward, in: transaction)
        #expect(pairs.reduce(0) { $0 + (Int($1.1) ?? 0) } == 100 * accounts)
        transaction.rollBack()
    }

    /// Of two that change one key one is told of it, so that no addition gets lost.
    @Test func noUpdateIsLost() throws {
        let folder = ScratchFolder()
        let shared = try Shared(folder)
        let threads = try (0..<4).map { _ in
            try Running {
                for _ in 0..<50 {
                    while true {
                        let transaction = try shared.store.begin()
                        do throws(EmberError) {
                            try Self.add(1, to: "counter", shared.table, transaction)
                            try transaction.commit()
                            break
                        } catch { guard error == .conflict else { throw error } }
                    }
                }
            }
        }
        for thread in threads { try thread.join() }
        #expect(try shared.store.contents(of: "accounts") == ["counter": "200"])
    }

    /// While one sync runs, others gather for the next.
    @Test func oneSyncServesManyCommits() throws {
        let folder = ScratchFolder()
        let options = tinyOptions()
        let store = try Store(opening: folder.path, options)
        let table = try store.createTable("t")
        options.faults.observe { point in if point == .logSync { usleep(2000) } }
        defer { options.faults.observe(nil) }
        let before = store.log.syncCount
        let threads = try (0..<8).map { thread in
            try Running { for index in 0..<20 { try store.change(table, ["\(thread) \(index)": "x"]) } }
        }
        for thread in threads { try thread.join() }
        #expect(store.log.syncCount - before < 120)
        #expect(try store.contents(of: "t").count == 160)
    }

    /// Commits that wait for somebody else to make the log durable.
    @Test func aServerMayLeadTheLog() throws {
        let folder = ScratchFolder()
        let shared = try Shared(folder)
        let server = try Running {
            while !shared.isOver.load(ordering: .relaxed) {
                try shared.store.log.flush(upTo: shared.store.log.appended)
                usleep(200)
            }
        }
        let threads = try (0..<3).map { thread in
            try Running {
                for index in 0..<20 {
                    let transaction = try shared.store.begin()
                    try shared.table.put(key("\(thread) \(index)"), key("x"), in: transaction)
                    try transaction.commit { log, position throws(EmberError) in
                        while try !log.wait(upTo: position, for: .milliseconds(100)) {}
                    }
                }
            }
        }
        for thread in threads { try thread.join() }
        shared.isOver.store(true, ordering: .relaxed)
        try server.join()
        #expect(try shared.store.contents(of: "accounts").count == 60)
    }

    /// Whoever is in the middle of something gets an error or is done; nothing is written afterwards.
    @Test func aStoreIsClosedUnderItsUsers() throws {
        for round in 0..<5 {
            let folder = ScratchFolder()
            let shared = try Shared(folder)
            let acknowledged = Atomic<Int>(0)
            let threads = try (0..<3).map { thread in
                try Running {
                    for index in 0..<1000 {
                        do throws(EmberError) {
                            try shared.store.change(shared.table, ["\(thread) \(index)": "x"])
                        } catch {
                            guard case .closed = error else { throw error }
                            return
                        }
                        acknowledged.wrappingAdd(1, ordering: .relaxed)
                        if thread == 0 { do { try shared.store.evict(atMost: .max) } catch {} }
                    }
                }
            }
            usleep(UInt32(2000 * (round + 1)))
            shared.store.close()
            let again = try Store(opening: folder.path, tinyOptions())
            let found = try again.contents(of: "accounts").count
            for thread in threads { try thread.join() }
            let least = acknowledged.load(ordering: .relaxed)
            #expect(found >= least && found <= least + 3)
        }
    }
}
