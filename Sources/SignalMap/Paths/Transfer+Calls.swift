import CCapstone

extension Interpreter {
    /// Integer arguments on the stack that are noted, at most.
    private static let stackArguments: Int64 = 6
    /// rdi, rsi, rdx, r10, r8, r9 (psABI AMD64, section A.2.1)
    private static let systemArguments = [7, 6, 2, 10, 8, 9]

    // MARK: Calls

    mutating func call(_ instruction: Instruction, _ block: ControlFlow.Block) {
        var pointer = Value.unknown
        switch instruction.does {
        case .callRegister: pointer = read(instruction.source, at: instruction.address)
        case .callMemory:
            let place = place(of: instruction)
            pointer = load(place, instruction)
        default: break
        }
        for register in Self.argumentRegisters {
            escape(state.registers[register].path, at: instruction.address)
        }
        if isCollecting {
            note(target(of: instruction, pointer), returnsTo: instruction.next, stackOffset: 0, instruction)
        }
        let result = result(of: instruction, pointer)
        if memory.hasSecondReturns, returnsTwice(instruction) {
            // What the slots hold when it returns again was stored later.
            state.slotCount = 0
        } else {
            escapes.forget(in: &state)
        }
        // rbx, rbp, rsp and r12 to r15 are kept (psABI AMD64, section 3.2.1).
        for register in [1, 2, 6, 7, 8, 9, 10, 11] { state.registers[register] = .unknown }
        for register in 16..<AbstractState.registerCount { state.registers[register] = .unknown }
        state.registers[0] = .unknown
        state.flags.isKnown = false
        if !isCollecting, !block.landingPads.isEmpty {
            for pad in block.landingPads { flowTo(pad) }
        }
        state.registers[0] = result
    }

    private mutating func returnsTwice(_ instruction: Instruction) -> Bool {
        if instruction.does == .call, let known = secondReturns[instruction.target] { return known }
        var answer = false
        if case .symbol(let name)? = map.directTarget(of: instruction) {
            answer = KnownMemory.returningTwice.contains(name)
        }
        if instruction.does == .call { secondReturns[instruction.target] = answer }
        return answer
    }

    private mutating func result(of instruction: Instruction, _ pointer: Value) -> Value {
        if !memory.threadLocals.words.isEmpty, let variable = threadLocalResult(instruction) {
            return Value(path: path(variable), type: .unknown)
        }
        let path = table.intern(AccessPath(kind: .result, value: Int64(bitPattern: instruction.address)))
        if view.isEmpty { return Value(path: path, type: .unknown) }
        switch instruction.does {
        case .call: return Value(path: path, type: resultType(instruction.target))
        case .callMemory where instruction.fixedAddress != nil:
            if case .symbol(let name)? = map.directTarget(of: instruction), let address = memory.binary.exports[name] {
                return Value(path: path, type: resultType(address))
            }
        default: break
        }
        let node = table[pointer.path]
        if node.kind == .address { return Value(path: path, type: resultType(UInt64(bitPattern: node.value))) }
        return Value(path: path, type: view.result(ofPointer: pointer.type))
    }

    /// What __tls_get_addr or a descriptor's function returns ("ELF Handling For Thread-Local Storage", section 4.1.6).
    private func threadLocalResult(_ instruction: Instruction) -> ThreadLocalWords.Word? {
        let register = instruction.does == .callMemory && instruction.base == 0 && instruction.index == Instruction.none
        let node = table[state.registers[register ? 0 : 7].path]
        guard node.kind == .address else { return nil }
        return memory.threadLocals.words[UInt64(bitPattern: node.value)]
    }

    /// What the function at an address of this binary returns.
    private mutating func resultType(_ address: UInt64) -> TypeID {
        if let known = resultTypes[address] { return known }
        var type = TypeID.unknown
        switch map.target(of: address) {
        case .function(let function):
            if let known = view.types.functions[map.start(of: function)], !known.returnsInMemory { type = known.result }
        case .symbol(let name):
            if let entry = memory.binary.exports[name], let known = view.types.functions[entry],
                !known.returnsInMemory
            {
                type = known.result
            }
        case .resolved, .unknown: break
        }
        resultTypes[address] = type
        return type
    }

    private func target(of instruction: Instruction, _ pointer: Value) -> CodeFacts.Call.Target {
        if let target = map.directTarget(of: instruction) { return .direct(target) }
        return target(of: pointer)
    }

    /// A pointer with one known value is as good as a direct call.
    private func target(of pointer: Value) -> CodeFacts.Call.Target {
        let node = table[pointer.path]
        switch node.kind {
        case .address:
            let target = map.target(of: UInt64(bitPattern: node.value))
            return target == .unknown ? .indirect(pointer) : .direct(target)
        case .symbol where node.value == 0: return .direct(.symbol(table.symbols[Int(node.base.index)]))
        default: return .indirect(pointer)
        }
    }

    /// `stackOffset`: of the first argument on the stack from where rsp stands.
    private mutating func note(
        _ target: CodeFacts.Call.Target, returnsTo returnAddress: UInt64, stackOffset: Int64, _ instruction: Instruction
    ) {
        let first = facts.arguments.count
        for register in Self.argumentRegisters {
            facts.arguments.append(noted(read(UInt8(register), at: instruction.address), at: instruction.address))
        }
        if let offset = self.stackOffset(state.registers[Self.stackPointer].path) {
            for index in 0..<Self.stackArguments {
                guard let value = state.slot(at: offset &+ stackOffset &+ index &* 8, width: 1), !isSaved(value.path)
                else { break }
                facts.arguments.append(noted(value, at: instruction.address))
            }
        }
        facts.calls.append(
            CodeFacts.Call(
                address: instruction.address, returnAddress: returnAddress, block: Int32(block), target: target,
                arguments: first..<facts.arguments.count))
    }

    /// A register of the caller that was put aside.
    private func isSaved(_ path: PathID) -> Bool {
        let node = table[path]
        return node.kind == .opaque && node.base.index < 16 && UInt64(bitPattern: node.value) == entryAddress
    }

    mutating func systemCall(_ instruction: Instruction) {
        if isCollecting {
            let first = facts.arguments.count
            for register in Self.systemArguments {
                facts.arguments.append(noted(read(UInt8(register), at: instruction.address), at: instruction.address))
            }
            facts.calls.append(
                CodeFacts.Call(
                    address: instruction.address, returnAddress: instruction.next, block: Int32(block),
                    target: .system(state.registers[0].path), arguments: first..<facts.arguments.count))
        }
        for register in Self.systemArguments { escape(state.registers[register].path, at: instruction.address) }
        escapes.forget(in: &state)
        let path = table.intern(AccessPath(kind: .result, value: Int64(bitPattern: instruction.address)))
        state.registers[0] = Value(path: path, type: .unknown)
        state.registers[1] = .unknown
        state.registers[11] = .unknown
    }

    // MARK: Jumps

    mutating func jump(_ instruction: Instruction, _ block: ControlFlow.Block, _ position: Int) {
        switch instruction.does {
        case .jumpIf:
            let taken = block.successors.first { instructions[order.starts[$0]].address == instruction.target }
            if isCollecting { noteTest(instruction, taken) }
            if taken == nil { tailCall(.direct(map.target(of: instruction.target)), instruction) }
        case .jump:
            if block.successors.isEmpty { tailCall(.direct(map.target(of: instruction.target)), instruction) }
        default:
            guard map.jumpTables[position] == nil else { return }
            var pointer: Value
            if instruction.does == .jumpRegister {
                pointer = read(instruction.source, at: instruction.address)
            } else {
                let place = place(of: instruction)
                pointer = load(place, instruction)
            }
            if isFromTable(pointer.path, 0) {
                mark(.jump, at: instruction.address)
            } else {
                tailCall(target(of: instruction, pointer), instruction)
            }
        }
    }

    private mutating func tailCall(_ target: CodeFacts.Call.Target, _ instruction: Instruction) {
        for register in Self.argumentRegisters { escape(state.registers[register].path, at: instruction.address) }
        // The return address lies where rsp points.
        if isCollecting { note(target, returnsTo: 0, stackOffset: 8, instruction) }
    }

    /// Whether a jump's target was read from an array of constants: a switch that was not understood.
    private func isFromTable(_ path: PathID, _ depth: Int) -> Bool {
        let node = table[path]
        switch node.kind {
        case .element where depth < 4:
            let base = table[node.base]
            if base.kind == .address { return !holdsFunctions(UInt64(bitPattern: base.value)) }
            return isFromTable(node.base, depth + 1)
        case .load where depth < 4: return table[node.base].kind == .element && isFromTable(node.base, depth + 1)
        case .derived where depth < 4, .alternatives where depth < 4:
            return table.members(path).contains { isFromTable($0, depth + 1) }
        default: return false
        }
    }

    /// Whether the first word of a table is the address of a function, not of a place inside of one.
    private func holdsFunctions(_ address: UInt64) -> Bool {
        switch memory.word(at: address, width: 8, isSigned: false) {
        case .address(let target)?: map.target(of: target) != .unknown
        case .symbol?: true
        default: false
        }
    }

    private mutating func noteTest(_ instruction: Instruction, _ taken: Int?) {
        var test = CodeFacts.Test(
            address: instruction.address, block: Int32(block), condition: instruction.condition, isMask: false,
            width: 0, left: .unknown, right: .unknown, taken: taken.map { Int32($0) })
        if let comparison = comparison(under: instruction.condition) {
            test.condition = comparison.condition
            test.isMask = comparison.isMask
            test.width = comparison.width
            test.left = comparison.left
            test.right = comparison.right
        }
        facts.tests.append(test)
    }

    /// Control that runs out of a function goes on in what follows; behind a call it does not: that never returns.
    mutating func endOfBlock(_ block: ControlFlow.Block) {
        guard isCollecting, block.successors.isEmpty, let last = block.instructions.last else { return }
        let instruction = instructions[last]
        guard !instruction.endsBlock, !instruction.isCall, memory.isCode(instruction.next),
            !block.instructions.allSatisfy({ instructions[$0].does == .other })
        else { return }
        note(.direct(map.target(of: instruction.next)), returnsTo: 0, stackOffset: 8, instruction)
    }
}
