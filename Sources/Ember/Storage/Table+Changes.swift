// What changes a table beside its callers: the end of transactions, the log's replay, and the growth of leaves.

extension Table {
    /// Takes back what the transaction with `mark` wrote to `key`. Reads nothing: a leaf with what is not committed stays in
    /// memory.
    func undo(_ key: [UInt8], by mark: CommitMark) {
        let leaf = lockedLeaf(of: key)
        leaf.undo(key, by: mark, counting: context)
        leaf.lock.unlock()
    }

    /// The value that the transaction with `mark` gave to `key`, which it has changed; nil where it deleted it.
    func ownValue(of key: [UInt8], by mark: CommitMark) -> [UInt8]? {
        let leaf = lockedLeaf(of: key)
        defer { leaf.lock.unlock() }
        let entries = leaf.entries ?? []
        let (position, isFound) = Leaf.search(key, in: entries)
        return isFound ? entries[position].value(at: .zero, or: mark) : nil
    }

    /// Does again what the log says was committed at `sequence`.
    func replay(_ value: [UInt8]?, of key: [UInt8], at sequence: LogSequenceNumber) throws(EmberError) {
        let leaf = lockedLeaf(of: key)
        do throws(EmberError) { _ = try load(leaf) } catch {
            leaf.lock.unlock()
            throw error
        }
        leaf.replay(value, of: key, at: sequence, counting: context)
        let isFull = leaf.isFull(context.options.pageBytes)
        leaf.lock.unlock()
        if isFull { split(leaf) }
    }

    /// Moves the upper half of what is in `leaf` to a new leaf, if it is still too much.
    func split(_ leaf: Leaf) {
        tree.withExclusiveLock {
            leaf.lock.lock()
            defer { leaf.lock.unlock() }
            guard !leaf.isRetired, leaf.isFull(context.options.pageBytes) else { return }
            leaf.prune(to: oldestSnapshot, counting: context)
            // What was pruned may still be in the block.
            leaf.isDirty = true
            guard leaf.isFull(context.options.pageBytes), let entries = leaf.entries else { return }
            let middle = Self.middle(of: entries, size: leaf.size)
            let upper = makeLeaf(
                low: entries[middle].key, high: leaf.high, entries: Array(entries[middle...]), block: nil)
            upper.isDirty = true
            leaf.entries = Array(entries[..<middle])
            leaf.size -= upper.size
            leaf.high = upper.low
            leaves.insert(upper, at: position(of: leaf.low) + 1)
        }
    }

    /// Takes `leaf` out if there is nothing in it; the one before it covers its keys from then on. The first one stays.
    func removeIfEmpty(_ leaf: Leaf) {
        tree.withExclusiveLock {
            let position = position(of: leaf.low)
            guard position > 0, leaves[position] === leaf else { return }
            let before = leaves[position - 1]
            before.lock.lock()
            leaf.lock.lock()
            defer {
                leaf.lock.unlock()
                before.lock.unlock()
            }
            guard leaf.entries?.isEmpty == true else { return }
            if let block = leaf.block { file.release(block) }
            leaf.block = nil
            leaf.isRetired = true
            before.high = leaf.high
            leaves.remove(at: position)
        }
    }

    /// Where to split: both parts have an entry, and about the same size.
    private static func middle(of entries: [LeafEntry], size: Int) -> Int {
        var sum = 0
        for (index, entry) in entries.enumerated() {
            sum += entry.size
            if sum >= size / 2 {
                return max(1, min(index + (sum - size / 2 > entry.size / 2 ? 0 : 1), entries.count - 1))
            }
        }
        return entries.count / 2
    }
}
