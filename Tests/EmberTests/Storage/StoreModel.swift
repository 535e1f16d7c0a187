import Testing

@testable import Ember

/// A store and what must be in it: dictionaries, one for each open transaction.
struct StoreModel {
    /// What a transaction must see: the contents when it began, and its own changes.
    struct Open {
        let transaction: Transaction
        let began: Int
        var contents: Contents
        var changed: Set<String> = []
    }

    let folder = ScratchFolder()
    let options = tinyOptions()
    private(set) var store: Store
    private(set) var table: Table
    var open: [Open] = []
    var committed: Contents = [:]
    /// The number of commits, and at which of them a key was changed last.
    private var commits = 0
    private var changedAt: [String: Int] = [:]

    init() throws {
        store = try Store(opening: folder.path, options)
        table = try store.createTable("t")
    }

    mutating func begin() throws {
        open.append(Open(transaction: try store.begin(), began: commits, contents: committed))
    }

    /// Changes a key in an open transaction, which must be a conflict exactly if another has changed it.
    mutating func change(_ name: String, to value: String?, in index: Int) throws {
        let isTaken = open.indices.contains { $0 != index && open[$0].changed.contains(name) }
        let isOwn = open[index].changed.contains(name)
        let isOld = !isOwn && changedAt[name, default: 0] > open[index].began
        if try put(name, value, in: open[index].transaction) {
            #expect(!isTaken && !isOld)
            open[index].changed.insert(name)
            open[index].contents[name] = value
        } else {
            #expect(isTaken || isOld)
        }
    }

    /// False on a conflict.
    private func put(_ name: String, _ value: String?, in transaction: Transaction) throws -> Bool {
        do throws(EmberError) {
            if let value {
                try table.put(key(name), key(value), in: transaction)
            } else {
                try table.delete(key(name), in: transaction)
            }
            return true
        } catch {
            guard error == .conflict else { throw error }
            return false
        }
    }

    mutating func commit(_ index: Int) throws {
        let done = open.remove(at: index)
        try done.transaction.commit()
        commits += 1
        for name in done.changed {
            committed[name] = done.contents[name]
            changedAt[name] = commits
        }
    }

    mutating func rollBack(_ index: Int) { open.remove(at: index).transaction.rollBack() }

    mutating func reopen() throws {
        open = []
        store.close()
        store = try Store(opening: folder.path, options)
        table = try #require(store.table(named: "t"))
        #expect(try store.contents(of: "t") == committed)
    }

    func compare(_ name: String, in index: Int) throws {
        let value = try table.get(key(name), in: open[index].transaction)
        #expect(value.map(text) == open[index].contents[name])
    }

    func compareRange(from low: String, upTo high: String?, isForward: Bool, in index: Int) throws {
        let pairs = try table.pairs(from: low, upTo: high, isForward: isForward, in: open[index].transaction)
        var expected = open[index].contents.filter { low <= $0.key }
        if let high { expected = expected.filter { $0.key < high } }
        #expect(Dictionary(uniqueKeysWithValues: pairs) == expected)
    }
}
