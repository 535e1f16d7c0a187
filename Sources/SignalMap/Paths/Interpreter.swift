extension CodeFacts {
    /// Interprets all functions of a binary, on all processors. The answer does not depend on how many these are.
    init(_ code: BinaryCode, _ types: BinaryTypes) {
        let weights = code.map.functions.map { function in
            function.ranges.reduce(0) { $0 + code.map.ranges[$1].instructions.count }
        }
        self.init(code, types, chunks: Parallel.chunks(of: weights))
    }

    /// `chunks`: of the functions, each interpreted by itself.
    init(_ code: BinaryCode, _ types: BinaryTypes, chunks: [Range<Int>]) {
        let memory = Shared(KnownMemory(code.map.binary))
        let shared = Shared((code: code, types: types))
        let parts = Parallel.map(chunks) { chunk -> Shared<CodeFacts> in
            Shared(
                shared.value.code.map.instructions.withUnsafeBufferPointer { instructions in
                    var interpreter = Interpreter(shared.value.code, instructions, memory.value, shared.value.types)
                    for function in chunk { interpreter.interpret(function) }
                    return interpreter.takeFacts()
                })
        }
        for part in parts { append(part.value) }
    }

    /// The facts of the next functions.
    private mutating func append(_ other: CodeFacts) {
        if functions.isEmpty {
            self = other
            return
        }
        let moved = paths.merge(other.paths)
        func value(_ value: Value) -> Value { Value(path: moved[Int(value.path.index)], type: value.type) }
        for function in other.functions {
            functions.append(
                Function(
                    calls: function.calls.moved(calls.count), stores: function.stores.moved(stores.count),
                    tests: function.tests.moved(tests.count), references: function.references.moved(references.count),
                    marks: function.marks.moved(marks.count), returns: function.returns.moved(returned.count)))
        }
        for call in other.calls {
            var call = call
            call.arguments = call.arguments.moved(arguments.count)
            switch call.target {
            case .direct: break
            case .indirect(let target): call.target = .indirect(value(target))
            case .system(let number): call.target = .system(moved[Int(number.index)])
            }
            calls.append(call)
        }
        arguments += other.arguments.map(value)
        for store in other.stores {
            var store = store
            store.place = moved[Int(store.place.index)]
            store.value = value(store.value)
            stores.append(store)
        }
        for test in other.tests {
            var test = test
            test.left = moved[Int(test.left.index)]
            test.right = moved[Int(test.right.index)]
            tests.append(test)
        }
        references += other.references
        marks += other.marks
        returned += other.returned.map(value)
    }
}

extension Range<Int> {
    fileprivate func moved(_ distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}

/// Interprets one function after the other: registers and stack slots hold access paths, from the entry over the blocks
/// until nothing changes any more. For one thread.
struct Interpreter: ~Copyable {
    let code: BinaryCode
    let map: CodeMap
    let instructions: UnsafeBufferPointer<Instruction>
    let memory: KnownMemory
    var view: TypeView

    /// Of the function at hand.
    var table = PathTable()
    var state = AbstractState()
    var entries = EntryStates()
    var places = VariablePlaces()
    var order = BlockOrder()
    var escapes = Escapes()
    var facts = CodeFacts()
    var visits: [Int32] = []
    var block = 0
    var entryAddress: UInt64 = 0
    /// Calls, stores and so on are noted: the states do not change any more.
    var isCollecting = false
    /// Where rsp and rbp most probably stand in blocks without a known way in.
    var frameGuess: (stackPointer: Int64?, framePointer: Int64?) = (nil, nil)
    /// Kinds of marks that a function has already.
    var marked: Set<UInt8> = []

    /// The paths of the function at hand that are facts: their places in `facts.paths`.
    var moved: [PathID] = []
    var firstReturned = 0
    var argumentStart = 0
    /// What functions of this binary return, by their addresses.
    var resultTypes: [UInt64: TypeID] = [:]
    /// Of functions by what calls name: whether they return twice.
    var secondReturns: [UInt64: Bool] = [:]

    init(
        _ code: BinaryCode, _ instructions: UnsafeBufferPointer<Instruction>, _ memory: KnownMemory,
        _ types: BinaryTypes
    ) {
        self.code = code
        map = code.map
        self.instructions = instructions
        self.memory = memory
        view = TypeView(types)
    }

    consuming func takeFacts() -> CodeFacts { facts }

    // MARK: One function

    /// How often a block is looked at on average, at most.
    private static let budget = 24

    mutating func interpret(_ function: Int) {
        begin(function)
        let start = CodeFacts.Function(
            calls: facts.calls.count..<facts.calls.count, stores: facts.stores.count..<facts.stores.count,
            tests: facts.tests.count..<facts.tests.count,
            references: facts.references.count..<facts.references.count,
            marks: facts.marks.count..<facts.marks.count, returns: facts.returned.count..<facts.returned.count)
        firstReturned = facts.returned.count
        if !code.flows[function].blocks.isEmpty {
            let flow = code.flows[function]
            order.reset(flow)
            run(flow)
            collect(flow)
        }
        move(from: start)
    }

    private mutating func begin(_ function: Int) {
        table.removeAll()
        escapes.removeAll()
        marked.removeAll(keepingCapacity: true)
        frameGuess = (nil, nil)
        isCollecting = false
        let count = code.flows[function].blocks.count
        entries.reset(count: count)
        visits.removeAll(keepingCapacity: true)
        visits.append(contentsOf: repeatElement(0, count: count))
        let address = map.start(of: function)
        if !view.isEmpty {
            // Those of parts that stand elsewhere may be kept under their own entry.
            var all = view.types.places[address] ?? []
            for range in map.functions[function].ranges.dropFirst() {
                all += view.types.places[map.ranges[range].start] ?? []
            }
            places.reset(all, view)
        }
        entryAddress = address
        setEntry(function, address)
    }

    /// Registers at entry (psABI AMD64, section 3.2.3).
    private mutating func setEntry(_ function: Int, _ address: UInt64) {
        state.forgetRegisters()
        state.slotCount = 0
        for register in 0..<16 {
            state.registers[register].path = table.intern(
                AccessPath(kind: .opaque, base: PathID(index: UInt32(register)), value: Int64(bitPattern: address)))
        }
        let known = view.isEmpty ? nil : view.types.functions[address]
        let hasPrototype = known != nil && !Self.isClone(map.ranges[map.functions[function].ranges[0]].names)
        for (index, register) in Self.argumentRegisters.enumerated() {
            let path = table.intern(AccessPath(kind: .parameter, value: Int64(index)))
            var type = TypeID.unknown
            if hasPrototype, let types = known?.registers, index < types.count { type = types[index] }
            state.registers[register] = Value(path: path, type: type)
        }
        state.registers[Self.stackPointer] = Value(path: stack(0), type: .unknown)
    }

    /// What compilers call copies of functions with other parameters than the source has.
    private static func isClone(_ names: [String]) -> Bool {
        !names.isEmpty
            && names.allSatisfy { name in
                [".constprop", ".isra", ".part", ".cold", ".argprom", ".specialized"].contains {
                    name.firstRange(of: $0) != nil
                }
            }
    }

    static let stackPointer = 4
    static let framePointer = 5
    /// rdi, rsi, rdx, rcx, r8, r9
    static let argumentRegisters = [7, 6, 2, 1, 8, 9]

    // MARK: To the fixed point

    private mutating func run(_ flow: ControlFlow) {
        _ = enter(flow.entry)
        order.add(flow.entry)
        var left = flow.blocks.count &* Self.budget &+ 64
        work(flow, &left)
        // Blocks that no way leads to: a function that is entered in other ways than from its start, or code behind
        // jumps that were not understood. Those first that lead to others; what is left then are rings.
        for isLast in [false, true] where left > 0 {
            let rest = flow.blocks.indices.filter { !entries.isKnown[$0] && !flow.isPadding(flow.blocks[$0], map) }
            if rest.isEmpty { break }
            var hasPredecessor = Set<Int>()
            if !isLast {
                for block in rest {
                    hasPredecessor.formUnion(flow.blocks[block].successors)
                    hasPredecessor.formUnion(flow.blocks[block].landingPads)
                }
            }
            for block in rest where !hasPredecessor.contains(block) {
                mark(.unknownState, at: instructions[flow.blocks[block].instructions.lowerBound].address)
                forgetAll()
                _ = enter(block)
                order.add(block)
            }
            work(flow, &left)
        }
        if left <= 0 { giveUp(flow) }
    }

    private mutating func work(_ flow: ControlFlow, _ left: inout Int) {
        while left > 0, let next = order.next() {
            left -= 1
            block = next
            visits[next] &+= 1
            entries.load(next, into: &state)
            let escaped = escapes.count
            interpret(flow.blocks[next])
            for successor in flow.blocks[next].successors { flowTo(successor) }
            // What escapes here is changed by calls that were already looked at, if there is a way back to them.
            if escapes.count != escaped, order.hasLoops { order.addAll(entries.isKnown) }
        }
    }

    /// The state comes to another block.
    mutating func flowTo(_ successor: Int) {
        if enter(successor) { order.add(successor) }
    }

    /// Returns whether less is known at the beginning of the block than before.
    private mutating func enter(_ block: Int) -> Bool {
        if !entries.isKnown[block] {
            if !entries.set(block, state) { mark(.frame, at: 0) }
            return true
        }
        let address = instructions[code.flows.isEmpty ? 0 : blockStart(block)].address
        let visits = visits[block]
        // The table is taken out, since the closure may not touch the rest.
        var table = PathTable()
        swap(&table, &self.table)
        let isChanged = entries.join(block, state) { mine, theirs, slot in
            Join.join(mine, theirs, slot, address, visits, &table, memory, view)
        }
        swap(&table, &self.table)
        return isChanged
    }

    private func blockStart(_ block: Int) -> Int { order.starts[block] }

    /// The way of a state that is not known, but for the frame.
    mutating func forgetAll() {
        state.forgetRegisters()
        state.slotCount = 0
        if let offset = frameGuess.stackPointer { state.registers[Self.stackPointer].path = stack(offset) }
        if let offset = frameGuess.framePointer { state.registers[Self.framePointer].path = stack(offset) }
    }

    /// The function takes too long: nothing is known at any of its blocks.
    private mutating func giveUp(_ flow: ControlFlow) {
        mark(.budget, at: instructions[flow.blocks[flow.entry].instructions.lowerBound].address)
        entries.reset(count: flow.blocks.count)
        forgetAll()
        for block in flow.blocks.indices where !flow.isPadding(flow.blocks[block], map) {
            _ = entries.set(block, state)
        }
    }

    // MARK: Facts

    private mutating func collect(_ flow: ControlFlow) {
        isCollecting = true
        for index in flow.blocks.indices where entries.isKnown[index] {
            block = index
            entries.load(index, into: &state)
            interpret(flow.blocks[index])
        }
        if !flow.hasGuessedEdges { return }
        for block in flow.blocks where !block.successors.isEmpty {
            let last = block.instructions.upperBound - 1
            switch instructions[last].does {
            case .jumpRegister, .jumpMemory:
                if map.jumpTables[last]?.isBounded != true { mark(.jump, at: instructions[last].address) }
            default: break
            }
        }
    }
}
