/// What is known of registers and stack slots at one point of a function: plain memory, reused over all functions.
///
/// Values 0 to 15 are those of the general registers, as instructions number them; 16 + 2 n and 17 + 2 n the lower
/// two halves of 8 bytes of vector register n.
struct AbstractState: ~Copyable {
    struct Slot {
        /// From the stack pointer at entry.
        var offset: Int32
        /// Bytes, 1 to 8.
        var width: Int32
        var value: Value
        var end: Int32 { offset &+ width }
    }

    static let vectors = 16
    static let registerCount = 16 + 2 * vectors
    /// More slots are not kept.
    static let slotLimit = 384
    /// Slots lie this far from the stack pointer at entry at most, in bytes.
    static let reach: Int64 = 1 << 30

    let registers: UnsafeMutablePointer<Value>
    /// By offset, not overlapping.
    let slots: UnsafeMutablePointer<Slot>
    var slotCount = 0
    /// What the flags come from.
    var flags = Flags()

    /// The comparison that flags hold the outcome of.
    struct Flags: Equatable {
        var isKnown = false
        var isMask = false
        var width: UInt8 = 0
        var left = PathID.unknown
        var right = PathID.unknown
    }

    init() {
        registers = .allocate(capacity: Self.registerCount)
        registers.initialize(repeating: .unknown, count: Self.registerCount)
        slots = .allocate(capacity: Self.slotLimit)
    }

    deinit {
        registers.deallocate()
        slots.deallocate()
    }

    // MARK: Stack slots

    /// Where the first slot is that ends above an offset.
    private func place(above offset: Int64) -> Int {
        var low = 0
        var high = slotCount
        while low < high {
            let middle = (low + high) / 2
            if Int64(slots[middle].end) <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The value of a slot that begins at an offset and has `width` bytes or more.
    func slot(at offset: Int64, width: Int64) -> Value? {
        let place = place(above: offset)
        guard place < slotCount, Int64(slots[place].offset) == offset, Int64(slots[place].width) >= width else {
            return nil
        }
        return slots[place].value
    }

    /// Whether a part of these bytes is a slot.
    func overlaps(_ offset: Int64, width: Int64) -> Bool {
        let place = place(above: offset)
        return place < slotCount && Int64(slots[place].offset) < offset &+ width
    }

    /// Nothing is known any more of the slots between two offsets.
    mutating func forget(from low: Int64, to high: Int64) {
        let first = place(above: low)
        var last = first
        while last < slotCount, Int64(slots[last].offset) < high { last += 1 }
        if last > first { remove(first, last - first) }
    }

    private mutating func remove(_ first: Int, _ count: Int) {
        let rest = slotCount - first - count
        if rest > 0 { (slots + first).update(from: slots + first + count, count: rest) }
        slotCount -= count
    }

    /// Writes a slot; false where no room is left for it.
    mutating func write(_ value: Value, at offset: Int64, width: Int64) -> Bool {
        guard offset > -Self.reach, offset < Self.reach, width > 0 else { return false }
        let first = place(above: offset)
        var last = first
        while last < slotCount, Int64(slots[last].offset) < offset + width { last += 1 }
        if last == first {
            guard slotCount < Self.slotLimit else { return false }
            let rest = slotCount - first
            if rest > 0 { (slots + first + 1).update(from: slots + first, count: rest) }
            slotCount += 1
        } else if last - first > 1 {
            remove(first + 1, last - first - 1)
        }
        slots[first] = Slot(
            offset: Int32(truncatingIfNeeded: offset), width: Int32(truncatingIfNeeded: width), value: value)
        return true
    }

    mutating func forgetRegisters() {
        for register in 0..<Self.registerCount { registers[register] = .unknown }
        flags = Flags()
    }
}
