// What is done to the entries of a leaf that is locked and in memory.

extension Leaf {
    /// Adds a version of `key` by `transaction`, in place of an earlier one by the same; whether it is the first. Throws
    /// `.conflict`.
    func add(
        _ value: [UInt8]?, of key: [UInt8], in transaction: Transaction, oldest: LogSequenceNumber,
        counting context: StoreContext
    ) throws(EmberError) -> Bool {
        let (position, isFound) = Self.search(key, in: entries ?? [])
        let version = Version(value, by: transaction.mark)
        guard isFound else {
            insert(LeafEntry(key: key, versions: [version]), at: position, counting: context)
            return true
        }
        var isFirst = true
        if let last = entries?[position].versions.last {
            isFirst = last.mark !== transaction.mark
            let sequence = last.sequence
            if isFirst && (sequence == .zero || sequence > transaction.snapshot) { throw .conflict }
        }
        change(position, counting: context) { entry in
            if !isFirst { entry.versions.removeLast() }
            entry.prune(to: oldest)
            entry.versions.append(version)
        }
        return isFirst
    }

    /// Adds what was committed at `sequence`, when the log is replayed.
    func replay(_ value: [UInt8]?, of key: [UInt8], at sequence: LogSequenceNumber, counting context: StoreContext) {
        let (position, isFound) = Self.search(key, in: entries ?? [])
        let version = Version(value, at: sequence)
        guard isFound else {
            insert(LeafEntry(key: key, versions: [version]), at: position, counting: context)
            return
        }
        change(position, counting: context) { $0.versions = [version] }
    }

    /// Takes back what the transaction with `mark` wrote.
    func undo(_ key: [UInt8], by mark: CommitMark, counting context: StoreContext) {
        let (position, isFound) = Self.search(key, in: entries ?? [])
        guard isFound, entries?[position].versions.last?.mark === mark else { return }
        change(position, counting: context) { $0.versions.removeLast() }
        if entries?[position].versions.isEmpty == true { remove(position, counting: context) }
    }

    /// Drops what no snapshot from `oldest` on can see.
    func prune(to oldest: LogSequenceNumber, counting context: StoreContext) {
        guard var pruned = entries else { return }
        entries = nil
        for index in pruned.indices { pruned[index].prune(to: oldest) }
        pruned.removeAll { $0.versions.isEmpty }
        let size = pruned.reduce(0) { $0 + $1.size }
        context.count(size - self.size)
        self.size = size
        entries = pruned
    }

    /// Whether it should be split.
    func isFull(_ limit: Int) -> Bool { size > limit && (entries?.count ?? 0) > 1 }

    private func insert(_ entry: LeafEntry, at position: Int, counting context: StoreContext) {
        entries?.insert(entry, at: position)
        size += entry.size
        context.count(entry.size)
        isDirty = true
    }

    private func remove(_ position: Int, counting context: StoreContext) {
        guard let entry = entries?.remove(at: position) else { return }
        size -= entry.size
        context.count(-entry.size)
        isDirty = true
    }

    private func change(_ position: Int, counting context: StoreContext, _ body: (inout LeafEntry) -> Void) {
        guard var changed = entries?[position] else { return }
        let before = changed.size
        entries?[position].versions = []
        body(&changed)
        entries?[position] = changed
        let difference = changed.size - before
        size += difference
        context.count(difference)
        isDirty = true
    }
}
