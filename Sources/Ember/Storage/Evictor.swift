/// Knows which leaves have not been used for the longest time. Safe on any thread.
final class Evictor: @unchecked Sendable {
    private struct Candidate {
        /// Tables refer to what they share, and that to this.
        weak var table: Table?
        let leaf: Leaf
        let lastUse: UInt64
    }

    private let lock = Lock("eviction queue")
    /// Under `lock`. What goes next is the last; who was used since it was put here is passed over.
    private var queue: [Candidate] = []

    /// Takes leaves out of memory until `bytes` are free, at least, or none is left that can go; returns how many were freed.
    /// Throws when a page cannot be written; it stays in memory then.
    func evict(atMost bytes: Int, of tables: () -> [Table]) throws(EmberError) -> Int {
        var evicted = 0
        var hasLooked = false
        while evicted < bytes {
            if let candidate = lock.withLock({ queue.popLast() }) {
                guard candidate.leaf.lastUse.load(ordering: .relaxed) == candidate.lastUse else { continue }
                evicted += try candidate.table?.evict(candidate.leaf) ?? 0
            } else {
                // Once a call, so that it ends.
                if hasLooked { break }
                hasLooked = true
                fill(from: tables())
            }
        }
        return evicted
    }

    private func fill(from tables: [Table]) {
        var found: [Candidate] = []
        for table in tables {
            for leaf in table.tree.withSharedLock({ table.leaves }) {
                let lastUse = leaf.lastUse.load(ordering: .relaxed)
                if lastUse > 0 { found.append(Candidate(table: table, leaf: leaf, lastUse: lastUse)) }
            }
        }
        found.sort { $0.lastUse > $1.lastUse }
        lock.withLock { queue = found }
    }
}
