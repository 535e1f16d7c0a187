/// The decoded code of one binary, and which of its ranges make a function.
///
/// A function is a root range and its parts: code that the compiler moved away as seldom executed has an unwind entry
/// of its own and, in a stripped file, no name; it is recognized by being entered from one function alone, by jumps.
final class CodeMap {
    /// A root range with the parts that belong to it.
    struct Function {
        /// Into `ranges`; the root first.
        var ranges: [Int]
    }

    let binary: BinaryFile
    /// By address, disjoint.
    private(set) var ranges: [CodeRange]
    private(set) var instructions: [Instruction] = []
    /// By the address of their root.
    private(set) var functions: [Function] = []
    /// For each range the function that it belongs to.
    private(set) var functionOfRange: [Int] = []
    /// Targets of direct calls.
    private(set) var callTargets: Set<UInt64> = []
    /// Addresses of code that some instruction or word holds: what may be called indirectly.
    private(set) var takenAddresses: Set<UInt64> = []

    /// Where each jump through a table may go, by the position of the jump.
    private(set) var jumpTables: [Int: JumpTable.Targets] = [:]

    /// A jump that leaves its range.
    private struct Leap {
        var from: Int
        var to: Int
    }

    /// Decodes all code of `binary`, on all processors. Throws `.noCode`, `.noDisassembler`.
    init(_ binary: BinaryFile) throws(SignalMapError) {
        self.binary = binary
        ranges = binary.codeRanges()
        guard !ranges.isEmpty else { throw .noCode(path: binary.path) }
        try decode()
        findEntries()
        splitGaps()
        joinParts(leaps: scan())
    }

    /// The range that holds an address.
    func range(holding address: UInt64) -> Int? {
        let low = ranges.partition { $0.start <= address }
        return low > 0 && ranges[low - 1].holds(address) ? low - 1 : nil
    }

    /// The function that holds an address.
    func function(holding address: UInt64) -> Int? { range(holding: address).map { functionOfRange[$0] } }

    func start(of function: Int) -> UInt64 { ranges[functions[function].ranges[0]].start }

    /// The instruction that begins at `address` in a range; nil where none does.
    func instruction(at address: UInt64, in range: Int) -> Int? {
        let all = ranges[range].instructions
        let low = instructions[all].partition { $0.address < address }
        return low < all.upperBound && instructions[low].address == address ? low : nil
    }

    // MARK: Decoding

    private func decode() throws(SignalMapError) {
        let chunks = Parallel.chunks(of: ranges.map { Int(clamping: $0.end - $0.start) })
        let ranges = ranges
        let binary = Shared(binary)
        let parts = Parallel.map(chunks) { chunk -> Result<[(Int, [Instruction])], SignalMapError> in
            do throws(SignalMapError) {
                let decoder = try Decoder()
                var part: [(Int, [Instruction])] = []
                for index in chunk {
                    var decoded: [Instruction] = []
                    if let bytes = binary.value.bytes(at: ranges[index].start) {
                        let count = min(Int(clamping: ranges[index].end - ranges[index].start), bytes.count)
                        decoder.decode(
                            UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: ranges[index].start, into: &decoded)
                    }
                    part.append((index, decoded))
                }
                return .success(part)
            } catch {
                return .failure(error)
            }
        }
        for part in parts {
            for (index, decoded) in try part.get() {
                let first = instructions.count
                instructions += decoded
                self.ranges[index].instructions = first..<instructions.count
            }
        }
    }

    // MARK: Functions

    /// Notes what is called, and addresses of code that are taken.
    private func findEntries() {
        // Words of global offset tables are there for calls, too: an address is taken where code reads the word.
        for range in ranges {
            for position in range.instructions {
                let instruction = instructions[position]
                if let word = instruction.fixedAddress, instruction.does != .callMemory,
                    instruction.does != .jumpMemory, let pointer = binary.pointers[word], binary.isOffsetTable(word)
                {
                    take(pointer)
                }
                switch instruction.does {
                case .call: callTargets.insert(instruction.target)
                case .address:
                    if let address = instruction.fixedAddress, binary.isCode(address) { takenAddresses.insert(address) }
                case .constant, .storeConstant, .pushConstant:
                    let address = UInt64(bitPattern: instruction.immediate)
                    if binary.isCode(address) { takenAddresses.insert(address) }
                default: break
                }
            }
        }
        for (word, pointer) in binary.pointers where !binary.isOffsetTable(word) { take(pointer) }
    }

    private func take(_ pointer: BinaryFile.Pointer) {
        switch pointer {
        case .local(let address), .resolved(let address):
            if binary.isCode(address) { takenAddresses.insert(address) }
        case .symbol(let name, _):
            if let address = binary.exports[name] { takenAddresses.insert(address) }
        }
    }

    /// Cuts code that neither unwind tables nor symbols divide, such as leaf functions of Swift and assembler in stripped
    /// files, where something is called or its address taken and control does not come from above.
    private func splitGaps() {
        let entries = callTargets.union(takenAddresses)
        var split: [CodeRange] = []
        split.reserveCapacity(ranges.count)
        for range in ranges {
            guard range.source == .gap else {
                split.append(range)
                continue
            }
            var rest = range
            // Whether control can come to the instruction from the one before it, padding left out.
            var isReached = false
            for position in range.instructions {
                let instruction = instructions[position]
                if instruction.address != rest.start, !isReached, entries.contains(instruction.address) {
                    var part = rest
                    part.end = instruction.address
                    part.instructions = rest.instructions.lowerBound..<position
                    split.append(part)
                    rest.start = instruction.address
                    rest.names = []
                    rest.instructions = position..<range.instructions.upperBound
                }
                switch instruction.does {
                case .jump, .jumpRegister, .jumpMemory, .return, .trap, .invalid: isReached = false
                // Instructions that pad are among those that do nothing; so are some that do not.
                case .other: break
                default: isReached = true
                }
            }
            split.append(rest)
        }
        ranges = split
    }

    /// Notes jump tables; returns the jumps between ranges.
    private func scan() -> [Leap] {
        var leaps: [Leap] = []
        for (index, range) in ranges.enumerated() {
            func leap(_ target: UInt64) {
                if !range.holds(target), let to = self.range(holding: target) {
                    leaps.append(Leap(from: index, to: to))
                }
            }
            for position in range.instructions {
                switch instructions[position].does {
                case .jump, .jumpIf: leap(instructions[position].target)
                case .jumpRegister, .jumpMemory:
                    let targets = JumpTable.targets(of: position, in: index, self)
                    if !targets.addresses.isEmpty { jumpTables[position] = targets }
                    for target in targets.addresses { leap(target) }
                default: break
                }
            }
            for site in landingPads(of: index) { leap(site.pad) }
        }
        return leaps
    }

    /// Where exceptions that leave the calls of a range go on. Distances without a base of their own count from the
    /// range's start.
    func landingPads(of index: Int) -> [LandingPads.Site] {
        guard let address = ranges[index].landingPads, let bytes = binary.bytes(at: address) else { return [] }
        return LandingPads(bytes, address: address, function: ranges[index].start).sites.filter { $0.start < $0.end }
    }

    /// Whether a range may be a part of a function: nothing calls it or holds its address, and it has no name of its
    /// own. ".cold" is how gcc and clang call what they moved away.
    func mayBePart(_ index: Int) -> Bool {
        let range = ranges[index]
        // Calls go into the midst of a procedure linkage table; a jump from one function makes it no part of that.
        let isTable = binary.code.contains {
            $0.name.hasPrefix(".plt") && range.start >= $0.address && range.start - $0.address < $0.size
        }
        return range.source != .gap && !isTable && range.names.allSatisfy { $0.hasSuffix(".cold") }
            && !callTargets.contains(range.start) && !takenAddresses.contains(range.start)
    }

    private func joinParts(leaps: [Leap]) {
        // For each range the one that enters it, -1 for none, -2 for several.
        var origin = [Int](repeating: -1, count: ranges.count)
        for leap in leaps { origin[leap.to] = origin[leap.to] == -1 || origin[leap.to] == leap.from ? leap.from : -2 }
        var parent = Array(ranges.indices)
        for index in ranges.indices where origin[index] >= 0 && mayBePart(index) { parent[index] = origin[index] }
        // Parts of parts; a ring of ranges that only enter each other has no root, and each is its own.
        func root(_ index: Int) -> Int {
            var current = index
            for _ in 0..<8 {
                if parent[current] == current { return current }
                current = parent[current]
            }
            return index
        }
        var functionOfRoot: [Int: Int] = [:]
        functionOfRange = [Int](repeating: 0, count: ranges.count)
        for index in ranges.indices where root(index) == index {
            functionOfRoot[index] = functions.count
            functionOfRange[index] = functions.count
            functions.append(Function(ranges: [index]))
        }
        for index in ranges.indices {
            let root = root(index)
            guard root != index, let function = functionOfRoot[root] else { continue }
            functionOfRange[index] = function
            functions[function].ranges.append(index)
        }
    }
}
