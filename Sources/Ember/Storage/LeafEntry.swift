import Glibc

/// A key and its versions, the oldest first. Only the last may be of a transaction that has not committed.
struct LeafEntry {
    let key: [UInt8]
    var versions: [Version]

    /// What the key and its versions take in memory, roughly.
    var size: Int { versions.reduce(Self.overhead + key.count) { $0 + $1.size } }

    static let overhead = 96

    /// What a reader of `snapshot` sees, whose own changes carry `mark`: nil where there is no such version or the key is
    /// deleted.
    func value(at snapshot: LogSequenceNumber, or mark: CommitMark?) -> [UInt8]? {
        guard let last = versions.last else { return nil }
        if let mark, last.mark === mark { return last.value }
        let version = versions.last { version in
            let sequence = version.sequence
            return sequence > .zero && sequence <= snapshot
        }
        return version?.value
    }

    /// Drops what no snapshot from `oldest` on can see. The entry may go as a whole when it has no version left.
    mutating func prune(to oldest: LogSequenceNumber) {
        let visible = versions.lastIndex { version in
            let sequence = version.sequence
            return sequence > .zero && sequence <= oldest
        }
        guard var keep = visible else { return }
        // A deletion that everybody sees is as good as nothing at all.
        if versions[keep].value == nil { keep += 1 }
        if keep > 0 { versions.removeFirst(keep) }
    }
}

/// Keys are ordered byte by byte, a prefix before what it begins.
func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    let order = left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
            guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
            return Int(memcmp(first, second, min(left.count, right.count)))
        }
    }
    return order != 0 ? order : left.count - right.count
}
