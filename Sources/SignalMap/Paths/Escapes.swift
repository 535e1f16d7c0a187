/// The parts of a function's frame whose address it gives away: calls may change them.
struct Escapes {
    private var ranges: [(low: Int64, high: Int64)] = []
    /// How often something was added.
    private(set) var count = 0

    mutating func removeAll() {
        ranges.removeAll(keepingCapacity: true)
        count = 0
    }

    func holds(_ offset: Int64) -> Bool {
        for range in ranges where offset >= range.low && offset < range.high { return true }
        return false
    }

    mutating func add(from low: Int64, to high: Int64) {
        if ranges.contains(where: { $0.low <= low && high <= $0.high }) { return }
        var low = low
        var high = high
        ranges.removeAll { range in
            guard range.low <= high, low <= range.high else { return false }
            low = min(low, range.low)
            high = max(high, range.high)
            return true
        }
        ranges.append((low, high))
        count += 1
    }

    /// What a call leaves of the slots.
    func forget(in state: inout AbstractState) {
        for range in ranges { state.forget(from: range.low, to: range.high) }
    }
}
