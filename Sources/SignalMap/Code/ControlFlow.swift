/// The control flow of one function: its blocks and where each can go.
struct ControlFlow {
    struct Block {
        /// Into the map's instructions, without a gap.
        var instructions: Range<Int>
        /// Blocks of this function.
        var successors: [Int] = []
        /// Where a call of it goes on when an exception leaves the callee.
        var landingPads: [Int] = []
        /// Can be reached from the entry, with calls that return and calls that throw.
        var isReachable = false
    }

    /// A way out of the function.
    struct Exit {
        enum Kind: Hashable {
            case `return`
            /// A jump to another function.
            case tailCall(CodeMap.Target)
            /// A jump through a register or a word in memory that is no jump table: a tail call through a pointer, or a
            /// table that was not understood.
            case indirect
            /// What follows is no code of this function.
            case runsOut
        }
        var block: Int
        var kind: Kind
    }

    /// By the position of their first instruction.
    private(set) var blocks: [Block] = []
    private(set) var entry = 0
    private(set) var exits: [Exit] = []
    /// Code that nothing was seen to lead to, while some jump was not understood: it counts as reachable.
    private(set) var hasGuessedEdges = false

    /// Blocks that end with a jump through a table without a known end.
    private var openTables: [Int] = []
    /// The block that begins with the instruction at that position.
    private var blockAt: [Int: Int] = [:]
}

extension ControlFlow {
    /// With all calls returning: see `cut`.
    init(of function: Int, in map: CodeMap) {
        let ranges = map.functions[function].ranges
        func position(_ address: UInt64) -> Int? {
            for range in ranges where map.ranges[range].holds(address) {
                return map.instruction(at: address, in: range)
            }
            return nil
        }
        var tables: [Int: [Int]] = [:]
        var pads: [(range: Range<UInt64>, pad: Int)] = []
        var leaders: Set<Int> = []
        for range in ranges {
            let positions = map.ranges[range].instructions
            if let first = positions.first { leaders.insert(first) }
            for index in positions {
                let instruction = map.instructions[index]
                if instruction.endsBlock { leaders.insert(index + 1) }
                switch instruction.does {
                case .jump, .jumpIf: if let target = position(instruction.target) { leaders.insert(target) }
                case .jumpRegister, .jumpMemory:
                    let targets = (map.jumpTables[index]?.addresses ?? []).compactMap(position)
                    if !targets.isEmpty { tables[index] = targets }
                    leaders.formUnion(targets)
                default: break
                }
            }
            for site in map.landingPads(of: range) {
                guard let pad = position(site.pad) else { continue }
                pads.append((site.start..<site.end, pad))
                leaders.insert(pad)
            }
        }
        makeBlocks(ranges, leaders, map)
        connect(map, position, tables, pads)
        entry = map.ranges[ranges[0]].instructions.first.flatMap { blockAt[$0] } ?? 0
        markReachable(map)
    }

    private mutating func makeBlocks(_ ranges: [Int], _ leaders: Set<Int>, _ map: CodeMap) {
        for range in ranges.sorted() {
            let positions = map.ranges[range].instructions
            var start = positions.lowerBound
            for index in positions.dropFirst() where leaders.contains(index) {
                append(start..<index)
                start = index
            }
            if start < positions.upperBound { append(start..<positions.upperBound) }
        }
    }

    private mutating func append(_ positions: Range<Int>) {
        blockAt[positions.lowerBound] = blocks.count
        blocks.append(Block(instructions: positions))
    }

    private mutating func connect(
        _ map: CodeMap, _ position: (UInt64) -> Int?, _ tables: [Int: [Int]],
        _ pads: [(range: Range<UInt64>, pad: Int)]
    ) {
        for index in blocks.indices {
            let last = blocks[index].instructions.upperBound - 1
            let instruction = map.instructions[last]
            var successors: [Int] = []
            func goOn(_ block: inout [Int]) {
                if let next = position(instruction.next), let successor = blockAt[next] {
                    block.append(successor)
                } else {
                    exits.append(Exit(block: index, kind: .runsOut))
                }
            }
            func jump(_ block: inout [Int]) {
                if let target = position(instruction.target), let successor = blockAt[target] {
                    block.append(successor)
                } else {
                    exits.append(Exit(block: index, kind: .tailCall(map.target(of: instruction.target))))
                }
            }
            switch instruction.does {
            case .return: exits.append(Exit(block: index, kind: .return))
            case .trap, .invalid: break
            case .jump: jump(&successors)
            case .jumpIf:
                jump(&successors)
                goOn(&successors)
            case .jumpRegister, .jumpMemory:
                if let targets = tables[last] {
                    successors = targets.compactMap { blockAt[$0] }
                    if map.jumpTables[last]?.isBounded != true { openTables.append(index) }
                } else {
                    let target = map.directTarget(of: instruction)
                    exits.append(Exit(block: index, kind: target.map { .tailCall($0) } ?? .indirect))
                }
            default:
                goOn(&successors)
            }
            blocks[index].successors = Array(Set(successors)).sorted()
            if pads.isEmpty { continue }
            var reached: Set<Int> = []
            for place in blocks[index].instructions where map.instructions[place].isCall {
                let address = map.instructions[place].address
                for (range, pad) in pads where range.contains(address) {
                    if let block = blockAt[pad] { reached.insert(block) }
                }
            }
            blocks[index].landingPads = reached.sorted()
        }
    }

    private mutating func markReachable(_ map: CodeMap) {
        guard !blocks.isEmpty else { return }
        func walk(from start: [Int], _ blocks: inout [Block]) {
            var open = start
            for block in start { blocks[block].isReachable = true }
            while let block = open.popLast() {
                for next in blocks[block].successors + blocks[block].landingPads where !blocks[next].isReachable {
                    blocks[next].isReachable = true
                    open.append(next)
                }
            }
        }
        walk(from: [entry], &blocks)
        // A jump that was not understood, or a table whose end is not known, may lead to whatever nothing else leads to.
        let open = (openTables + exits.filter { $0.kind == .indirect }.map(\.block)).filter { blocks[$0].isReachable }
        let lost = blocks.indices.filter { !blocks[$0].isReachable && !isPadding(blocks[$0], map) }
        guard !open.isEmpty, !lost.isEmpty else { return }
        hasGuessedEdges = true
        for block in open { blocks[block].successors += lost }
        walk(from: lost, &blocks)
    }

    /// Whether some way from the entry leads back to the caller. `endsAfter` says of a call, by its position, that it
    /// does not return; `tailReturns` of what is jumped to, that it does.
    func canReturn(_ map: CodeMap, endsAfter: (Int) -> Bool, tailReturns: (CodeMap.Target) -> Bool) -> Bool {
        guard !blocks.isEmpty else { return true }
        var exitsOf: [Int: [Exit.Kind]] = [:]
        for exit in exits { exitsOf[exit.block, default: []].append(exit.kind) }
        var seen = [Bool](repeating: false, count: blocks.count)
        seen[entry] = true
        var open = [entry]
        while let index = open.popLast() {
            let block = blocks[index]
            let isCut = block.instructions.contains { map.instructions[$0].isCall && endsAfter($0) }
            if !isCut {
                for kind in exitsOf[index] ?? [] {
                    switch kind {
                    case .return, .indirect, .runsOut: return true
                    case .tailCall(let target): if tailReturns(target) { return true }
                    }
                }
            }
            for next in (isCut ? [] : block.successors) + block.landingPads where !seen[next] {
                seen[next] = true
                open.append(next)
            }
        }
        return false
    }

    /// Takes away what stands behind calls that never return.
    mutating func cut(_ map: CodeMap, endsAfter: (Int) -> Bool) {
        var isChanged = false
        for index in blocks.indices {
            guard let call = blocks[index].instructions.first(where: { map.instructions[$0].isCall && endsAfter($0) })
            else { continue }
            blocks[index].instructions = blocks[index].instructions.lowerBound..<call + 1
            blocks[index].successors = []
            exits.removeAll { $0.block == index }
            openTables.removeAll { $0 == index }
            isChanged = true
        }
        guard isChanged else { return }
        for index in blocks.indices { blocks[index].isReachable = false }
        markReachable(map)
    }

    /// What linkers and assemblers put between functions.
    func isPadding(_ block: Block, _ map: CodeMap) -> Bool {
        block.instructions.allSatisfy {
            let does = map.instructions[$0].does
            return does == .other || does == .trap || does == .invalid
        }
    }

    /// The block that holds an instruction, by its position; nil where none does.
    func block(holding instruction: Int) -> Int? {
        let low = blocks.partition { $0.instructions.lowerBound <= instruction }
        return low > 0 && blocks[low - 1].instructions.contains(instruction) ? low - 1 : nil
    }
}
