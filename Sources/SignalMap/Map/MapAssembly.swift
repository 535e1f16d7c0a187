import ProcessModel
import SignalMapABI

/// Puts what the steps of the analysis found out about one binary into the records of its map.
struct MapAssembly {
    let code: BinaryCode
    let facts: CodeFacts
    var builder: SignalMapBuilder
    /// For each call of the facts its first record, and a closing one: a call that may go several ways has several.
    private(set) var firstRecord: [UInt32] = []
    /// By function, where its blocks begin among those of the map, and a closing one.
    private(set) var firstBlock: [UInt32] = []

    /// By function: it is no more than stubs that jump to other functions, which calls lead through.
    private(set) var isStub: [Bool]

    init(_ code: BinaryCode, _ facts: CodeFacts) {
        self.code = code
        self.facts = facts
        let binary = code.map.binary
        // Procedure linkage tables: .plt, .plt.got, .plt.sec, .iplt.
        let stubs = binary.code.filter { $0.name.contains("plt") }
        isStub = code.map.functions.map { function in
            let start = code.map.ranges[function.ranges[0]].start
            return stubs.contains { start >= $0.address && start - $0.address < $0.size }
        }
        builder = SignalMapBuilder(path: binary.path, buildID: binary.buildID)
        builder.instructions = UInt64(code.map.instructions.count)
        addFunctions()
        addParts()
        addExports()
        addMarks()
        note(binary.gaps)
    }

    mutating func note(_ gaps: [Gap]) {
        for gap in gaps { builder.gap(operation: gap.operation, reason: gap.reason) }
    }

    // MARK: Functions

    private mutating func addFunctions() {
        let map = code.map
        for (index, function) in map.functions.enumerated() {
            let root = map.ranges[function.ranges[0]]
            let flow = code.flows[index]
            var record = dwm_function()
            record.start = root.start
            record.end = root.end
            record.name = name(of: root).map { builder.string($0) } ?? DWM_NONE
            record.first_block = UInt32(builder.blocks.count)
            if root.names.contains(where: { map.binary.exports[$0] == root.start }) {
                record.flags |= DWM_EXPORTED.rawValue
            }
            if map.takenAddresses.contains(root.start) { record.flags |= DWM_ADDRESS_TAKEN.rawValue }
            if !code.returning.canReturn[index] { record.flags |= DWM_NEVER_RETURNS.rawValue }
            if flow.hasGuessedEdges, !isStub[index] { record.flags |= DWM_GUESSED_FLOW.rawValue }
            if index < facts.functions.count, !facts.functions[index].marks.isEmpty, !isStub[index] {
                record.flags |= DWM_LOST.rawValue
            }
            builder.functions.append(record)
            firstBlock.append(record.first_block)
            for block in flow.blocks {
                let start = block.instructions.first.map { map.instructions[$0].address } ?? 0
                let end = block.instructions.last.map { map.instructions[$0].next } ?? start
                // A call goes on at its landing pad when an exception leaves the callee.
                builder.block(
                    start: start, size: end &- start,
                    successors: (block.successors + block.landingPads).map { record.first_block + UInt32($0) })
            }
        }
        firstBlock.append(UInt32(builder.blocks.count))
    }

    /// What others call it, where it has several names.
    private func name(of root: CodeRange) -> String? {
        root.names.first { code.map.binary.exports[$0] == root.start } ?? root.names.first
    }

    private mutating func addParts() {
        for (index, range) in code.map.ranges.enumerated() {
            builder.parts.append(
                dwm_part(
                    start: range.start, end: range.end, function: UInt32(code.map.functionOfRange[index]), reserved: 0))
        }
    }

    private mutating func addExports() {
        let map = code.map
        for (name, address) in map.binary.exports.sorted(by: { $0.key < $1.key }) {
            guard let function = map.function(holding: address), map.start(of: function) == address else { continue }
            builder.exports.append(
                dwm_export(name: builder.string(name), function: UInt32(function), targets: DWM_NONE))
        }
    }

    /// Where interpretation lost something, once a function and kind.
    private mutating func addMarks() {
        for (index, function) in facts.functions.enumerated() where index < isStub.count && !isStub[index] {
            var seen: Set<UInt8> = []
            for mark in facts.marks[function.marks] where seen.insert(mark.what.rawValue).inserted {
                builder.gap(operation: mark.what.operation, reason: mark.what.reason, function: UInt32(index))
            }
        }
    }

    // MARK: Calls

    /// One record of a call of the facts, without its target.
    func record(ofCall index: Int, in function: Int) -> dwm_call {
        let call = facts.calls[index]
        var record = dwm_call()
        record.address = call.address
        record.length = call.isTail ? 0 : UInt32(truncatingIfNeeded: call.returnAddress &- call.address)
        record.block = firstBlock[function] &+ UInt32(max(call.block, 0))
        record.target = DWM_NONE
        record.kind = UInt8(DWM_CALL_UNKNOWN.rawValue)
        return record
    }

    /// Adds the calls of all functions; `records` says of each what it may lead to, at least one record.
    mutating func addCalls(_ records: (inout MapAssembly, _ call: Int, _ function: Int) -> [dwm_call]) {
        firstRecord = [UInt32](repeating: 0, count: facts.calls.count + 1)
        for (index, function) in facts.functions.enumerated() where index < builder.functions.count {
            builder.functions[index].first_call = UInt32(builder.calls.count)
            for call in function.calls {
                firstRecord[call] = UInt32(builder.calls.count)
                builder.calls += records(&self, call, index)
            }
        }
        firstRecord[facts.calls.count] = UInt32(builder.calls.count)
    }
}

extension CodeFacts.Mark.What {
    /// As gaps word it.
    var operation: String {
        switch self {
        case .unknownState, .budget: "interpret a function"
        case .stackPointer: "follow the stack pointer"
        case .jump: "follow a jump"
        case .frame: "follow values on the stack"
        case .bytes: "follow copied bytes"
        }
    }

    var reason: String {
        switch self {
        case .unknownState: "no way to some of its code was understood"
        case .stackPointer: "it is changed by an amount that is not known"
        case .budget: "it is too large to be interpreted to its end"
        case .jump: "its table or pointer was not understood"
        case .frame: "it uses more of it than is kept"
        case .bytes: "what is copied through a pointer has no type"
        }
    }
}
