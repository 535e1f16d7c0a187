/// An ordered table: keys of up to 1 KiB, values of up to 1 MiB. Safe on any thread; a transaction is not for two at once.
public final class Table: @unchecked Sendable {
    public static let keyLimit = 1 << 10
    public static let valueLimit = 1 << 20

    public let name: String
    let id: UInt32
    let context: StoreContext
    let file: TableFile
    /// Set once, before any other thread sees the table; nil while the log is replayed.
    var transactions: Transactions?
    /// Over the list of leaves. Taken before any leaf's lock, never while one is held.
    public let tree: ReadWriteLock
    /// In ascending order of `low`; the first has the empty key. Under `tree`.
    var leaves: [Leaf]
    /// What the last checkpoint wrote: under the store's checkpoint lock.
    var checkpointed: TableCheckpoint?

    init(
        id: UInt32, name: String, context: StoreContext, file: TableFile, checkpointed: TableCheckpoint?
    ) {
        self.id = id
        self.name = name
        self.context = context
        self.file = file
        self.checkpointed = checkpointed
        tree = ReadWriteLock("table \(name): tree")
        leaves = []
        let entries = checkpointed?.entries ?? []
        if entries.isEmpty { leaves = [makeLeaf(low: [], high: nil, entries: [], block: nil)] }
        for (index, entry) in entries.enumerated() {
            let high = index + 1 < entries.count ? entries[index + 1].low : nil
            leaves.append(
                makeLeaf(low: entry.low, high: high, entries: entry.block == nil ? [] : nil, block: entry.block))
        }
    }

    /// No reader sees anything older than this. Nobody reads while the log is replayed.
    var oldestSnapshot: LogSequenceNumber { transactions?.oldestSnapshot ?? .max }

    /// The number of leaves, in memory or not.
    public var leafCount: Int { tree.withSharedLock { leaves.count } }

    /// The value of `key` that `transaction` sees, or nil. Throws `.corrupt` and `.system` where the page cannot be read,
    /// `.invalid` when the transaction has ended and `.closed`.
    public func get(_ key: [UInt8], in transaction: Transaction) throws(EmberError) -> [UInt8]? {
        try transaction.check()
        let leaf = lockedLeaf(of: key)
        defer { leaf.lock.unlock() }
        let entries = try load(leaf)
        let (position, isFound) = Leaf.search(key, in: entries)
        return isFound ? entries[position].value(at: transaction.snapshot, or: transaction.mark) : nil
    }

    /// Sets the value of `key`. Throws `.conflict` when another transaction changed it since this one began, or has
    /// changed it and not ended; `.invalid` when it is too long; otherwise as `get`.
    public func put(_ key: [UInt8], _ value: [UInt8], in transaction: Transaction) throws(EmberError) {
        guard value.count <= Self.valueLimit else {
            throw .invalid(what: "value", reason: "\(value.count) bytes are more than \(Self.valueLimit)")
        }
        try change(key, to: value, in: transaction)
    }

    /// Deletes `key`, whether it is there or not. Throws as `put`.
    public func delete(_ key: [UInt8], in transaction: Transaction) throws(EmberError) {
        try change(key, to: nil, in: transaction)
    }

    /// A cursor over the keys from `low` on and before `high`, as `transaction` sees them.
    public func cursor(from low: [UInt8] = [], upTo high: [UInt8]? = nil, in transaction: Transaction) -> Cursor {
        Cursor(over: self, from: low, upTo: high, in: transaction)
    }

    private func change(_ key: [UInt8], to value: [UInt8]?, in transaction: Transaction) throws(EmberError) {
        guard key.count <= Self.keyLimit else {
            throw .invalid(what: "key", reason: "\(key.count) bytes are more than \(Self.keyLimit)")
        }
        try transaction.check()
        let leaf = lockedLeaf(of: key)
        var isUnlocked = false
        defer { if !isUnlocked { leaf.lock.unlock() } }
        _ = try load(leaf)
        let isFirst = try leaf.add(value, of: key, in: transaction, oldest: oldestSnapshot, counting: context)
        let isFull = leaf.isFull(context.options.pageBytes)
        leaf.lock.unlock()
        isUnlocked = true
        transaction.didChange(key, of: self, isFirst: isFirst)
        if isFull { split(leaf) }
    }

    /// The leaf that `key` belongs to, locked.
    func lockedLeaf(of key: [UInt8]) -> Leaf {
        while true {
            let leaf = tree.withSharedLock { leaves[position(of: key)] }
            leaf.lock.lock()
            // It may have been split or taken out in between.
            if leaf.covers(key) { return leaf }
            leaf.lock.unlock()
        }
    }

    /// The position of the last leaf whose `low` is not after `key`. With `tree` held.
    func position(of key: [UInt8]) -> Int {
        var low = 0
        var high = leaves.count
        while low < high {
            let middle = (low + high) / 2
            if compare(leaves[middle].low, key) <= 0 { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// The entries of a locked leaf, read from the file if need be.
    func load(_ leaf: Leaf) throws(EmberError) -> [LeafEntry] {
        leaf.lastUse.store(context.nextTick(), ordering: .relaxed)
        if let entries = leaf.entries { return entries }
        var entries: [LeafEntry] = []
        if let block = leaf.block {
            let bytes = try file.read(block)
            guard let read = LeafPage.decode(bytes, table: id, from: leaf.low, upTo: leaf.high, limit: block.limit)
            else {
                throw .corrupt(file: file.name, offset: block.offset, reason: "the page is not one of these keys")
            }
            entries = read
        }
        leaf.entries = entries
        leaf.size = entries.reduce(0) { $0 + $1.size }
        context.count(leaf.size)
        return entries
    }

    func makeLeaf(low: [UInt8], high: [UInt8]?, entries: [LeafEntry]?, block: BlockAddress?) -> Leaf {
        let leaf = Leaf(low: low, high: high, entries: entries, block: block, name: "table \(name): leaf")
        leaf.lastUse.store(context.nextTick(), ordering: .relaxed)
        return leaf
    }
}
