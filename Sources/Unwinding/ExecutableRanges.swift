import ProcessModel

/// Where code can be: the executable mappings, neighbours joined.
struct ExecutableRanges {
    private var starts: [UInt64] = []
    private var ends: [UInt64] = []
    private let lowest: UInt64
    private let highest: UInt64

    /// `mappings` sorted by start. Without any, nothing is known of where code is, and every address may be code.
    init(_ mappings: [Mapping]) {
        for mapping in mappings where mapping.permissions.contains(.execute) && mapping.start < mapping.end {
            if let last = ends.last, last >= mapping.start.rawValue {
                ends[ends.count - 1] = max(last, mapping.end.rawValue)
            } else {
                starts.append(mapping.start.rawValue)
                ends.append(mapping.end.rawValue)
            }
        }
        isKnown = !mappings.isEmpty
        lowest = starts.first ?? .max
        highest = ends.last ?? 0
    }

    /// Whether there was a list of mappings at all.
    let isKnown: Bool

    /// Whether `address` may be code. 0 is none, whatever is known.
    func contains(_ address: UInt64) -> Bool {
        guard isKnown else { return address != 0 }
        guard address >= lowest, address < highest else { return false }
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= address { low = middle + 1 } else { high = middle }
        }
        return low < ends.count && starts[low] <= address
    }
}
