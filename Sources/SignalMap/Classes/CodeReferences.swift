/// Where code names addresses of data: by computing them, by loading from them, or through the global offset table.
struct CodeReferences {
    struct Reference {
        /// In a region of data, or within a copy that the dynamic linker makes of another module's table.
        var target: UInt64
        /// Of the instruction.
        var place: UInt64
        var function: Int32
        /// The address itself is what the code is after, not what lies there.
        var isAddress: Bool
    }

    /// In the order of the code.
    private(set) var all: [Reference] = []

    /// On all processors. Also marks the targets in `data`.
    init(_ map: CodeMap, _ data: DataWords, copies: [Range<UInt64>]) {
        let low = min(data.regions.first?.start ?? .max, copies.map(\.lowerBound).min() ?? .max)
        let high = max(data.regions.last?.end ?? 0, copies.map(\.upperBound).max() ?? 0)
        guard low < high else { return }
        let chunks = Parallel.chunks(of: map.ranges.map(\.instructions.count))
        let shared = Shared((map, data))
        let parts = Parallel.map(chunks) { chunk -> [Reference] in
            let (map, data) = shared.value
            var found: [Reference] = []
            for range in chunk {
                let function = Int32(clamping: map.functionOfRange[range])
                for position in map.ranges[range].instructions {
                    let instruction = map.instructions[position]
                    if let address = instruction.fixedAddress, address >= low, address < high {
                        found.append(
                            Reference(
                                target: address, place: instruction.address, function: function,
                                isAddress: instruction.does == .address))
                    }
                    guard data.isFixed else { continue }
                    let value = UInt64(bitPattern: instruction.immediate)
                    if value >= low, value < high, Self.holdsConstant(instruction.does) {
                        found.append(
                            Reference(
                                target: value, place: instruction.address, function: function, isAddress: true))
                    }
                }
            }
            return found.filter { reference in
                data.region(holding: reference.target) != nil || copies.contains { $0.contains(reference.target) }
            }
        }
        all = parts.flatMap { $0 }
        for index in all.indices {
            // A word of the global offset table stands for what it holds.
            guard let region = data.region(holding: all[index].target) else { continue }
            if !data.regions[region].isOffsetTable { data.mark(all[index].target) }
        }
    }

    private static func holdsConstant(_ operation: Operation) -> Bool {
        switch operation {
        case .constant, .storeConstant, .pushConstant, .addConstant, .compareConstant, .compareMemory: true
        default: false
        }
    }
}
