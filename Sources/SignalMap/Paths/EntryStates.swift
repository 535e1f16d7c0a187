/// The states at the beginning of a function's blocks, one behind the other. Slots only ever become fewer there.
struct EntryStates: ~Copyable {
    private var registers: UnsafeMutablePointer<Value>
    private var registerCapacity: Int
    private var slots: [AbstractState.Slot] = []
    private var slotStarts: [Int] = []
    private var slotCounts: [Int] = []
    private var flags: [AbstractState.Flags] = []
    private(set) var isKnown: [Bool] = []
    /// Slots of all blocks together: 64 MB.
    private static let slotLimit = 4 << 20

    init() {
        registerCapacity = 64
        registers = .allocate(capacity: registerCapacity * AbstractState.registerCount)
    }

    deinit { registers.deallocate() }

    mutating func reset(count: Int) {
        if count > registerCapacity || registerCapacity > 8192 && count < 1024 {
            registers.deallocate()
            registerCapacity = max(count, 64)
            registers = .allocate(capacity: registerCapacity * AbstractState.registerCount)
        }
        slots.removeAll(keepingCapacity: slots.count < 1 << 18)
        slotStarts.removeAll(keepingCapacity: true)
        slotStarts.append(contentsOf: repeatElement(0, count: count))
        slotCounts.removeAll(keepingCapacity: true)
        slotCounts.append(contentsOf: repeatElement(0, count: count))
        flags.removeAll(keepingCapacity: true)
        flags.append(contentsOf: repeatElement(AbstractState.Flags(), count: count))
        isKnown.removeAll(keepingCapacity: true)
        isKnown.append(contentsOf: repeatElement(false, count: count))
    }

    func load(_ block: Int, into state: inout AbstractState) {
        state.registers.update(
            from: registers + block * AbstractState.registerCount, count: AbstractState.registerCount)
        let count = slotCounts[block]
        let start = slotStarts[block]
        slots.withUnsafeBufferPointer { buffer in
            if count > 0, let base = buffer.baseAddress { state.slots.update(from: base + start, count: count) }
        }
        state.slotCount = count
        state.flags = flags[block]
    }

    /// The first state that comes to a block; false where no room was left for its slots.
    mutating func set(_ block: Int, _ state: borrowing AbstractState) -> Bool {
        (registers + block * AbstractState.registerCount).update(
            from: state.registers, count: AbstractState.registerCount)
        flags[block] = state.flags
        isKnown[block] = true
        guard slots.count + state.slotCount <= Self.slotLimit else {
            slotCounts[block] = 0
            return false
        }
        slotStarts[block] = slots.count
        slotCounts[block] = state.slotCount
        slots.append(contentsOf: UnsafeBufferPointer(start: state.slots, count: state.slotCount))
        return true
    }

    /// Another state comes to a block: `join` says of two different values, and the slot they meet in, what is known of
    /// either. Returns whether less is known now.
    mutating func join(
        _ block: Int, _ state: borrowing AbstractState, _ join: (Value, Value, UInt32) -> Value
    ) -> Bool {
        var isChanged = false
        let mine = registers + block * AbstractState.registerCount
        for register in 0..<AbstractState.registerCount where mine[register] != state.registers[register] {
            let joined = join(mine[register], state.registers[register], UInt32(register))
            if joined != mine[register] {
                mine[register] = joined
                isChanged = true
            }
        }
        if flags[block].isKnown, flags[block] != state.flags {
            flags[block] = AbstractState.Flags()
            isChanged = true
        }
        return joinSlots(block, state, join) || isChanged
    }

    private mutating func joinSlots(
        _ block: Int, _ state: borrowing AbstractState, _ join: (Value, Value, UInt32) -> Value
    ) -> Bool {
        let count = slotCounts[block]
        if count == 0 { return false }
        let start = slotStarts[block]
        let theirs = state.slots
        let theirCount = state.slotCount
        var isChanged = false
        let kept = slots.withUnsafeMutableBufferPointer { buffer -> Int in
            var kept = 0
            var place = 0
            for index in start..<start + count {
                var slot = buffer[index]
                while place < theirCount, theirs[place].offset < slot.offset { place += 1 }
                guard place < theirCount, theirs[place].offset == slot.offset, theirs[place].width == slot.width else {
                    isChanged = true
                    continue
                }
                if theirs[place].value != slot.value {
                    let joined = join(
                        slot.value, theirs[place].value, 0x8000_0000 | UInt32(bitPattern: slot.offset))
                    if joined != slot.value {
                        slot.value = joined
                        isChanged = true
                    }
                }
                buffer[start + kept] = slot
                kept += 1
            }
            return kept
        }
        slotCounts[block] = kept
        return isChanged
    }
}
