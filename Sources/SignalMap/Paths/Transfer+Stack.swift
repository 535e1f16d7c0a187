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

    /// stos and movs, repeated or not: how much they write is not followed.
    mutating func fill(_ instruction: Instruction) {
        let target = read(7, at: instruction.address)
        let place = Place(path: target.path, pointee: view.pointee(target.type))
        mark(.bytes, at: instruction.address)
        if let offset = stackOffset(target.path) {
            let range = places.objects.range(holding: offset, frame)
            let end = offset < 0 ? 0 : AbstractState.reach
            state.forget(from: range?.low ?? offset, to: range?.high ?? end)
        } else {
            escapes.forget(in: &state)
        }
        if isCollecting { copyMembers(to: place, from: read(6, at: instruction.address), instruction) }
        for register in [7, 6, 1] { state.registers[register] = .unknown }
    }

    /// Where one structure is copied over another one of the same type, the pointers in it are.
    private mutating func copyMembers(to place: Place, from source: Value, _ instruction: Instruction) {
        let type = place.pointee
        guard type.isKnown, view.pointee(source.type) == type, view.isStructure(type) else { return }
        for offset in view.pointerOffsets(in: type) {
            let target = plus(Value(path: place.path, type: view.pointer(to: type)), offset)
            let from = plus(source, offset)
            let value = load(from, width: 8, isSigned: false, instruction)
            note(value, storedTo: target, width: 8, how: .plain, instruction)
        }
    }
}
