/// The order in which a function's blocks are looked at: reverse post order, those that wait by it.
struct BlockOrder {
    /// By block, its first instruction.
    private(set) var starts: [Int] = []
    /// Some block leads back to one that stands before it.
    private(set) var hasLoops = false
    private var places: [Int32] = []
    private var blocks: [Int32] = []
    /// By place, a bit each.
    private var waiting: [UInt64] = []
    private var lowest = 0
    private var open: [(block: Int, next: Int)] = []

    mutating func reset(_ flow: ControlFlow) {
        let count = flow.blocks.count
        starts.removeAll(keepingCapacity: true)
        for block in flow.blocks { starts.append(block.instructions.lowerBound) }
        places.removeAll(keepingCapacity: true)
        places.append(contentsOf: repeatElement(-1, count: count))
        blocks.removeAll(keepingCapacity: true)
        waiting.removeAll(keepingCapacity: true)
        waiting.append(contentsOf: repeatElement(0, count: (count + 63) / 64))
        lowest = waiting.count
        walk(from: flow.entry, flow)
        for block in 0..<count where places[block] == -1 { walk(from: block, flow) }
        // The walk noted them in post order.
        blocks.reverse()
        for (place, block) in blocks.enumerated() { places[Int(block)] = Int32(place) }
        hasLoops = false
        for block in 0..<count where !hasLoops {
            hasLoops =
                flow.blocks[block].successors.contains { places[$0] <= places[block] }
                || flow.blocks[block].landingPads.contains { places[$0] <= places[block] }
        }
    }

    private mutating func walk(from start: Int, _ flow: ControlFlow) {
        open.append((start, 0))
        places[start] = 0
        while let (block, next) = open.last {
            let successors = flow.blocks[block].successors
            let pads = flow.blocks[block].landingPads
            if next < successors.count + pads.count {
                open[open.count - 1].next += 1
                let successor = next < successors.count ? successors[next] : pads[next - successors.count]
                if places[successor] == -1 {
                    places[successor] = 0
                    open.append((successor, 0))
                }
            } else {
                blocks.append(Int32(block))
                open.removeLast()
            }
        }
    }

    mutating func add(_ block: Int) {
        let place = Int(places[block])
        waiting[place >> 6] |= 1 << UInt64(place & 63)
        lowest = min(lowest, place >> 6)
    }

    mutating func addAll(_ which: [Bool]) {
        for block in which.indices where which[block] { add(block) }
    }

    /// The first one that waits.
    mutating func next() -> Int? {
        while lowest < waiting.count {
            let word = waiting[lowest]
            if word != 0 {
                waiting[lowest] = word & (word - 1)
                return Int(blocks[lowest << 6 + word.trailingZeroBitCount])
            }
            lowest += 1
        }
        return nil
    }
}
