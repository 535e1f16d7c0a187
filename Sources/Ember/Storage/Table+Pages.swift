// Leaves on their way to the disk.

extension Table {
    /// Writes what is committed of a locked leaf, which is in memory, to a new place. What is not committed is left out, and
    /// the leaf stays dirty for it. On an error nothing has changed.
    private func write(_ leaf: Leaf) throws(EmberError) {
        leaf.prune(to: oldestSnapshot, counting: context)
        guard leaf.size <= 1 << 30 else {
            throw .busy(what: "a leaf of table \(name), of \(leaf.size) bytes of versions that a snapshot needs,")
        }
        let page = LeafPage.encode(leaf.entries ?? [], table: id)
        let block: BlockAddress? =
            if let bytes = page.bytes { try file.write(bytes, limit: page.newest) } else { nil }
        if let old = leaf.block { file.release(old) }
        leaf.block = block
        leaf.isDirty = page.isPartial
    }

    /// Takes a leaf out of memory, written before if it is dirty; the bytes that are free then, 0 if it is in use or holds
    /// what is not committed.
    func evict(_ leaf: Leaf) throws(EmberError) -> Int {
        guard leaf.lock.tryLock() else { return 0 }
        guard let size = try unlocking(leaf, { () throws(EmberError) in try drop(leaf) }) else {
            removeIfEmpty(leaf)
            return 0
        }
        return size
    }

    /// nil when there is nothing in the leaf.
    private func drop(_ leaf: Leaf) throws(EmberError) -> Int? {
        guard !leaf.isRetired, let entries = leaf.entries else { return 0 }
        if entries.isEmpty { return nil }
        let size = leaf.size
        if leaf.isDirty {
            let isCommitted = entries.allSatisfy { ($0.versions.last?.sequence ?? .zero) > .zero }
            guard isCommitted else { return 0 }
            try write(leaf)
            // Deletions that nobody needs: the caller takes the leaf out.
            if leaf.entries?.isEmpty == true { return nil }
        }
        context.count(-leaf.size)
        leaf.entries = nil
        leaf.size = 0
        leaf.lastUse.store(0, ordering: .relaxed)
        return size
    }

    /// Writes all that is dirty, and the list of leaves, as of `snapshot`, which must be held until the checkpoint is
    /// installed or given up. The blocks of what is returned are in use for it. nil when nothing has changed since the last.
    func writeCheckpoint(at snapshot: LogSequenceNumber) throws(EmberError) -> TableCheckpoint? {
        var entries: [TableCheckpoint.Entry] = []
        do throws(EmberError) {
            try collect(&entries, at: snapshot)
            if entries == checkpointed?.entries {
                release(entries)
                return nil
            }
            let root = try file.write(TableCheckpoint.encode(entries, table: id), limit: .max)
            do throws(EmberError) { try file.synchronize() } catch {
                file.release(root)
                throw error
            }
            return TableCheckpoint(entries: entries, root: root)
        } catch {
            release(entries)
            throw error
        }
    }

    /// Gives the blocks of a checkpoint back that is not the last any more, or never was.
    func release(_ checkpoint: TableCheckpoint) {
        release(checkpoint.entries)
        file.release(checkpoint.root)
    }

    private func release(_ entries: [TableCheckpoint.Entry]) {
        for entry in entries { if let block = entry.block { file.release(block) } }
    }

    /// All leaves in order, each written if it is dirty. Others may be split or taken out meanwhile: a leaf whose `low` was
    /// passed already has taken over the keys of one that was empty, and is in the list with what it held.
    private func collect(
        _ entries: inout [TableCheckpoint.Entry], at snapshot: LogSequenceNumber
    ) throws(EmberError) {
        var from: [UInt8]? = []
        while let low = from {
            let leaf = lockedLeaf(of: low)
            let isEmpty = try unlocking(leaf) { () throws(EmberError) in
                from = leaf.high
                guard leaf.low == low else { return false }
                if leaf.isDirty { try write(leaf) }
                if var block = leaf.block {
                    file.retain(block)
                    block.limit = min(block.limit, snapshot)
                    entries.append(TableCheckpoint.Entry(low: low, block: block))
                } else if entries.isEmpty {
                    entries.append(TableCheckpoint.Entry(low: low, block: nil))
                }
                return leaf.entries?.isEmpty == true
            }
            if isEmpty { removeIfEmpty(leaf) }
        }
    }

    private func unlocking<Result>(
        _ leaf: Leaf, _ body: () throws(EmberError) -> Result
    ) throws(EmberError) -> Result {
        defer { leaf.lock.unlock() }
        return try body()
    }
}
