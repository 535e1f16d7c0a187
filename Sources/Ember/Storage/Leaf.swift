import Synchronization

/// One page of a table: the keys from `low` up to another leaf's, in memory or only in the table's file.
///
/// Everything but `low` and the use is read and written with `lock` held; `high` and `isRetired` are only written with the
/// table's tree lock held as well, exclusively.
final class Leaf: @unchecked Sendable {
    let lock: Lock
    let low: [UInt8]
    /// The first key that is not its own any more; nil in the last leaf.
    var high: [UInt8]?
    /// Taken out of the table, because another leaf covers its keys.
    var isRetired = false
    /// In ascending order of their keys; nil while the page is not in memory.
    var entries: [LeafEntry]?
    /// What `entries` count in the cache.
    var size = 0
    /// `entries` hold what `block` does not.
    var isDirty = false
    /// nil while nothing was written, or nothing was left to write.
    var block: BlockAddress?
    /// When it was used, in the ticks of the cache; read by eviction without the lock.
    let lastUse = Atomic<UInt64>(0)

    init(low: [UInt8], high: [UInt8]?, entries: [LeafEntry]?, block: BlockAddress?, name: String) {
        lock = Lock(name)
        self.low = low
        self.high = high
        self.entries = entries
        self.block = block
        size = entries?.reduce(0) { $0 + $1.size } ?? 0
    }

    /// Whether `key` belongs here.
    func covers(_ key: [UInt8]) -> Bool {
        guard !isRetired, compare(low, key) <= 0 else { return false }
        guard let high else { return true }
        return compare(key, high) < 0
    }

    /// Where `key` is in `entries`, or where it would have to go.
    static func search(_ key: [UInt8], in entries: [LeafEntry]) -> (position: Int, isFound: Bool) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let order = compare(entries[middle].key, key)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }
}
