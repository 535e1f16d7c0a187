/// What a load has done, and how long it took.
struct LoadFigures: Sendable {
    private(set) var reads = Latencies()
    private(set) var writes = Latencies()
    /// Writes, among those counted, that were given up since another one was first.
    var conflicts = 0
    /// Operations done by the workers.
    var asynchronous = 0
    /// Rows that cursors went over.
    var scanned = 0

    mutating func note(_ time: Duration, isRead: Bool) {
        if isRead { reads.add(time) } else { writes.add(time) }
    }

    mutating func add(_ other: LoadFigures) {
        reads.add(other.reads)
        writes.add(other.writes)
        conflicts += other.conflicts
        asynchronous += other.asynchronous
        scanned += other.scanned
    }

    /// A line for each kind of operation that there was.
    func text(seconds: Double) -> String {
        var lines: [String] = []
        for (name, latencies) in [("reads", reads), ("writes", writes)] where latencies.count > 0 {
            lines.append(
                "\(name): \(latencies.count), \(Int(Double(latencies.count) / seconds)) a second; "
                    + "half within \(latencies.bound(0.5)) us, 99% within \(latencies.bound(0.99)) us, "
                    + "all within \(latencies.bound(1)) us")
        }
        if conflicts > 0 { lines.append("conflicts: \(conflicts)") }
        if asynchronous > 0 { lines.append("by workers: \(asynchronous)") }
        if scanned > 0 { lines.append("rows scanned: \(scanned)") }
        return lines.joined(separator: "\n")
    }
}

/// How long operations took, in steps of a quarter of a power of two.
struct Latencies: Sendable {
    private var counts = [Int](repeating: 0, count: 160)
    private(set) var count = 0

    mutating func add(_ time: Duration) {
        let microseconds = UInt64(max(1, time / .microseconds(1)))
        let power = UInt64.bitWidth - 1 - microseconds.leadingZeroBitCount
        let quarter = Int((microseconds << 2) >> UInt64(power)) & 3
        counts[min(counts.count - 1, power * 4 + quarter)] += 1
        count += 1
    }

    mutating func add(_ other: Latencies) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
    }

    /// Microseconds within which that part of the operations was done, rounded up by at most a quarter.
    func bound(_ part: Double) -> UInt64 {
        var left = (Double(count) * part).rounded(.up)
        for (index, number) in counts.enumerated() {
            left -= Double(number)
            if left <= 0 {
                let (power, quarter) = (UInt64(index / 4), UInt64(index % 4))
                return ((5 + quarter) << power) >> 2
            }
        }
        return .max
    }
}
