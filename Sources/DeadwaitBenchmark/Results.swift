/// What was measured of one tool on one target: medians.
struct Measured {
    /// Seconds.
    var wall: Double
    /// User and system, seconds.
    var cpu: Double
    /// Peak resident memory of the largest process, MiB.
    var peak: Double
    /// Biggest gap of the target's ticker, milliseconds; nil for cores.
    var pause: Double?
    var runs: Int
}

/// Measurements and single figures of all scenarios that ran, by "scenario/tool" and "scenario/figure".
struct Results {
    var measured: [String: Measured] = [:]
    var figures: [String: Double] = [:]

    mutating func merge(_ other: Results) {
        measured.merge(other.measured) { $1 }
        figures.merge(other.figures) { $1 }
    }

    /// Time of one over that of another; nil unless both were measured.
    func ratio(_ name: String, to other: String, by time: (Measured) -> Double = { $0.wall }) -> Double? {
        guard let own = measured[name], let peer = measured[other], time(peer) > 0 else { return nil }
        return time(own) / time(peer)
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
