/// A set of pairs of 32-bit numbers: open addressing, no removal.
struct PairSet {
    private var slots: [UInt64]
    private var mask: Int
    private(set) var count = 0
    private static let empty = UInt64.max

    init(room: Int = 1024) {
        var size = 16
        while size < room &* 2 { size &*= 2 }
        slots = [UInt64](repeating: Self.empty, count: size)
        mask = size - 1
    }

    /// Whether the pair was not there before.
    mutating func insert(_ a: UInt32, _ b: UInt32) -> Bool {
        if count &* 2 >= slots.count { grow() }
        let pair = UInt64(a) << 32 | UInt64(b)
        guard place(pair) else { return false }
        count &+= 1
        return true
    }

    private mutating func place(_ pair: UInt64) -> Bool {
        // Fibonacci hashing: the high bits of the product are well mixed.
        var index = Int(truncatingIfNeeded: (pair &* 0x9e37_79b9_7f4a_7c15) >> 20) & mask
        while slots[index] != Self.empty {
            if slots[index] == pair { return false }
            index = (index &+ 1) & mask
        }
        slots[index] = pair
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: Self.empty, count: old.count * 2)
        mask = slots.count - 1
        for pair in old where pair != Self.empty { _ = place(pair) }
    }
}
