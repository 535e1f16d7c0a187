// Reading in order: a few keys of one leaf at a time, which are returned last first.

extension Table {
    /// How many keys are read at a time.
    private static let batch = 64

    /// The first keys after `key`, or from it on, and before `high`, that `transaction` sees.
    func read(
        from key: [UInt8], including isIncluded: Bool, upTo high: [UInt8]?, in transaction: Transaction
    ) throws(EmberError) -> [KeyValue] {
        var (from, includes) = (key, isIncluded)
        while high.map({ compare(from, $0) < 0 }) ?? true {
            let leaf = lockedLeaf(of: from)
            defer { leaf.lock.unlock() }
            let entries = try load(leaf)
            var (position, isFound) = Leaf.search(from, in: entries)
            if isFound && !includes { position += 1 }
            var found: [KeyValue] = []
            while position < entries.count, found.count < Self.batch {
                let entry = entries[position]
                if let high, compare(entry.key, high) >= 0 { break }
                if let value = entry.value(at: transaction.snapshot, or: transaction.mark) {
                    found.append(KeyValue(key: entry.key, value: value))
                }
                position += 1
            }
            if !found.isEmpty { return found.reversed() }
            guard let next = leaf.high else { return [] }
            (from, includes) = (next, true)
        }
        return []
    }

    /// The last keys before `key`, or of the table, down to `low`, that `transaction` sees.
    func read(
        before key: [UInt8]?, downTo low: [UInt8], in transaction: Transaction
    ) throws(EmberError) -> [KeyValue] {
        var before = key
        while before.map({ compare(low, $0) < 0 }) ?? true {
            let leaf = lockedLeaf(before: before)
            defer { leaf.lock.unlock() }
            let entries = try load(leaf)
            var position = before.map { Leaf.search($0, in: entries).position } ?? entries.count
            var found: [KeyValue] = []
            while position > 0, found.count < Self.batch {
                position -= 1
                let entry = entries[position]
                if compare(entry.key, low) < 0 { break }
                if let value = entry.value(at: transaction.snapshot, or: transaction.mark) {
                    found.append(KeyValue(key: entry.key, value: value))
                }
            }
            if !found.isEmpty { return found.reversed() }
            before = leaf.low
        }
        return []
    }

    /// The leaf of the keys just before `key`, which is not empty, or the last leaf; locked.
    private func lockedLeaf(before key: [UInt8]?) -> Leaf {
        while true {
            let leaf = tree.withSharedLock {
                guard let key else { return leaves[leaves.count - 1] }
                // The empty key is not before itself, so that there is one.
                let position = position(of: key)
                return compare(leaves[position].low, key) == 0 ? leaves[position - 1] : leaves[position]
            }
            leaf.lock.lock()
            if !leaf.isRetired {
                guard let key else {
                    if leaf.high == nil { return leaf }
                    leaf.lock.unlock()
                    continue
                }
                if leaf.high.map({ compare(key, $0) <= 0 }) ?? true { return leaf }
            }
            leaf.lock.unlock()
        }
    }
}
