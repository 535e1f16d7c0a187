import CCapstone

extension Interpreter {
    // MARK: Pushes and pops

    mutating func push(_ instruction: Instruction) {
        var value: Value
        switch instruction.does {
        case .pushConstant:
            value = Value(path: constant(instruction.immediate), type: .unknown)
            refer(to: value.path, instruction)
        case .pushMemory:
            let place = place(of: instruction)
            value = load(place, instruction)
        default: value = read(instruction.source, at: instruction.address)
        }
        guard let offset = stackOffset(state.registers[Self.stackPointer].path) else {
            mark(.stackPointer, at: instruction.address)
            escape(value.path, at: instruction.address)
            return
        }
        state.registers[Self.stackPointer].path = stack(offset &- 8)
        noteDepth(offset &- 8)
        if !value.path.isKnown {
            state.forget(from: offset &- 8, to: offset)
        } else if !state.write(value, at: offset &- 8, width: 8) {
            state.forget(from: offset &- 8, to: offset)
            mark(.frame, at: instruction.address)
        }
    }

    private mutating func noteDepth(_ offset: Int64) {
        if offset < 0, offset > -AbstractState.reach { frameGuess.stackPointer = offset }
    }

    mutating func pop(_ instruction: Instruction) {
        guard let offset = stackOffset(state.registers[Self.stackPointer].path) else {
            write(.unknown, to: instruction.destination)
            return
        }
        state.registers[Self.stackPointer].path = stack(offset &+ 8)
        guard instruction.destination < 16 else { return }
        let value = state.slot(at: offset, width: 8) ?? .unknown
        state.registers[Int(instruction.destination)] = value
    }

    /// rsp = rbp, pop rbp
    mutating func leave(_ instruction: Instruction) {
        let frame = state.registers[Self.framePointer]
        guard let offset = stackOffset(frame.path) else {
            state.registers[Self.stackPointer] = .unknown
            state.registers[Self.framePointer] = .unknown
            mark(.stackPointer, at: instruction.address)
            return
        }
        state.registers[Self.framePointer] = state.slot(at: offset, width: 8) ?? .unknown
        state.registers[Self.stackPointer] = Value(path: stack(offset &+ 8), type: .unknown)
    }

    // MARK: Bulk moves

    /// More of a structure that is copied at once is not noted word by word.
    private static let bulkLimit: Int64 = 1024

    /// stos and movs, repeated or not. Where the length is known, or the type of what is written, each word of it is
    /// stored to.
    mutating func fill(_ instruction: Instruction) {
        let target = read(7, at: instruction.address)
        let copies = instruction.source == 6
        let source = read(copies ? 6 : 0, at: instruction.address)
        mark(.bytes, at: instruction.address)
        let size = fillSize(target, copies ? source : nil, instruction)
        if let offset = stackOffset(target.path) {
            escape(target.path, at: instruction.address)
            let range = size.map { (low: offset, high: offset &+ $0) } ?? places.objects.range(holding: offset, frame)
            let end = offset < 0 ? 0 : AbstractState.reach
            state.forget(from: range?.low ?? offset, to: range?.high ?? end)
        } else {
            escapes.forget(in: &state)
        }
        if isCollecting, let size {
            var offset: Int64 = 0
            while offset < min(size, Self.bulkLimit) {
                let width = Int(min(size - offset, 8))
                let place = plus(target, offset)
                var value = source
                if copies {
                    let from = plus(source, offset)
                    value = load(from, width: width, isSigned: false, instruction)
                } else if table[source.path].kind != .number || table[source.path].value != 0 {
                    value = .unknown
                }
                note(value, storedTo: place, width: width, how: .plain, instruction)
                offset += 8
            }
        }
        for register in [7, 6, 1] where register != 6 || copies { state.registers[register] = .unknown }
    }

    /// How many bytes are written.
    private func fillSize(_ target: Value, _ source: Value?, _ instruction: Instruction) -> Int64? {
        let count = table[state.registers[1].path]
        if count.kind == .number, count.value > 0, count.value < 1 << 20 {
            return count.value &* Int64(max(instruction.width, 1))
        }
        let type = view.pointee(target.type)
        guard view.isStructure(type), source.map({ view.pointee($0.type) == type }) ?? true else { return nil }
        let size = view.size(type)
        return size > 0 && size < 1 << 20 ? Int64(size) : nil
    }
}
