import CCapstone

/// What the instructions of x86-64 do to a state (Intel SDM, volume 2).
extension Interpreter {
    /// From the state at the beginning of a block to that at its end.
    mutating func interpret(_ block: ControlFlow.Block) {
        for position in block.instructions {
            let instruction = instructions[position]
            switch instruction.does {
            case .other: state.flags.isKnown = false
            case .invalid, .trap: break
            case .move, .constant, .address, .load, .exchange, .moveIf, .loadIf, .set, .clobber:
                moveValue(instruction)
            case .store:
                let place = place(of: instruction)
                let value = narrowed(read(instruction.source, at: instruction.address), instruction.width)
                store(value, to: place, width: Int(instruction.width), instruction)
            case .storeConstant:
                let place = place(of: instruction)
                let value = Value(path: constant(instruction.immediate), type: .unknown)
                refer(to: value.path, instruction)
                store(value, to: place, width: Int(instruction.width), instruction)
            case .addConstant, .add, .andConstant, .combine, .combineMemory: compute(instruction)
            case .modify, .exchangeMemory, .compareExchange, .fetchAdd, .setMemory: modify(instruction)
            case .push, .pushConstant, .pushMemory: push(instruction)
            case .pop: pop(instruction)
            case .leave: leave(instruction)
            case .compare, .compareConstant, .compareMemory, .test, .testConstant, .testMemory: compare(instruction)
            case .call, .callRegister, .callMemory: call(instruction, block)
            case .jump, .jumpRegister, .jumpMemory, .jumpIf: jump(instruction, block, position)
            case .return: noteReturn()
            case .systemCall: systemCall(instruction)
            case .fill: fill(instruction)
            case .vectorLoad, .vectorLoadHigh, .vectorStore, .vectorStoreHigh, .vectorFrom, .vectorTo, .vectorMove,
                .vectorInsert, .vectorUnpackLow, .vectorClobber:
                moveVector(instruction)
            }
            if instruction.also != 0 { forgetUnnamed(instruction) }
        }
        endOfBlock(block)
    }

    /// What an instruction writes without naming it.
    private mutating func forgetUnnamed(_ instruction: Instruction) {
        for register in 0..<16 where instruction.also & (1 << UInt16(register)) != 0 {
            state.registers[register] = .unknown
        }
    }

    // MARK: Moves

    private mutating func moveValue(_ instruction: Instruction) {
        let address = instruction.address
        switch instruction.does {
        case .move:
            var value = read(instruction.source, at: address)
            if instruction.width < 8 { value = extended(value, instruction.width, isSigned: instruction.isSigned != 0) }
            setRegister(instruction.destination, value, instruction)
        case .constant:
            let value = Value(path: constant(instruction.immediate), type: .unknown)
            refer(to: value.path, instruction)
            var typed = value
            typed.type = pointerType(Place(path: value.path, pointee: .unknown), at: address)
            setRegister(instruction.destination, typed, instruction)
        case .address: formAddress(instruction)
        case .load:
            if Self.loadsThreadPointer(instruction) {
                write(threadPointerValue(), to: instruction.destination)
                return
            }
            let place = place(of: instruction)
            var value = load(place, instruction)
            // An index, most probably.
            if instruction.width == 4, instruction.isSigned != 0 { value = derived(value) }
            // The register holds other bytes, too, than those of what is a value by itself.
            if Int(instruction.bits) == Int(DWI_LEAVES), [.number, .parameter].contains(table[value.path].kind) {
                value = derived(value)
            }
            setRegister(instruction.destination, value, instruction)
        case .exchange:
            let first = read(instruction.destination, at: address)
            let second = read(instruction.source, at: address)
            setRegister(instruction.destination, second, instruction)
            setRegister(instruction.source, first, instruction)
        case .moveIf, .loadIf:
            let old = read(instruction.destination, at: address)
            var new: Value
            if instruction.does == .moveIf {
                new = read(instruction.source, at: address)
            } else {
                let place = place(of: instruction)
                new = load(place, instruction)
            }
            if instruction.width < 8 { new.type = .unknown }
            let value = Join.either(old, new, &table, memory, view)
            setRegister(instruction.destination, value, instruction)
        case .set: setRegister(instruction.destination, outcome(instruction), instruction)
        default:
            setRegister(instruction.destination, .unknown, instruction)
            setRegister(instruction.source, .unknown, instruction)
            state.flags.isKnown = false
        }
    }

    /// Writes a general register; the stack pointer's place is watched.
    mutating func setRegister(_ register: UInt8, _ value: Value, _ instruction: Instruction) {
        guard register < 16 else { return }
        state.registers[Int(register)] = value
        if register == UInt8(Self.stackPointer) {
            noteStackPointer(instruction)
        } else if let offset = stackOffset(value.path) {
            if register == UInt8(Self.framePointer), instruction.does == .move,
                instruction.source == UInt8(Self.stackPointer)
            {
                frameGuess.framePointer = offset
            } else if instruction.does == .move, instruction.source == UInt8(Self.stackPointer) {
                // mov %rsp,%rdi: the address of what lies there is handed on.
                escape(value.path, at: instruction.address)
            }
        }
    }

    private mutating func noteStackPointer(_ instruction: Instruction) {
        if let offset = stackOffset(state.registers[Self.stackPointer].path) {
            if offset < 0, offset > -AbstractState.reach { frameGuess.stackPointer = offset }
        } else {
            mark(.stackPointer, at: instruction.address)
        }
    }

    private mutating func formAddress(_ instruction: Instruction) {
        let place = place(of: instruction)
        if instruction.width < 8 {
            // Arithmetic.
            let node = table[place.path]
            let value = Value(path: place.path, type: .unknown)
            setRegister(instruction.destination, node.kind == .number ? value : derived(value), instruction)
            return
        }
        refer(to: place.path, instruction)
        let type = pointerType(place, at: instruction.address)
        if instruction.destination != UInt8(Self.stackPointer) { escape(place.path, at: instruction.address) }
        setRegister(instruction.destination, Value(path: place.path, type: type), instruction)
    }

    // MARK: Widths

    /// What is left of a value in the lower bytes of a register.
    func narrowed(_ value: Value, _ width: UInt8) -> Value {
        width >= 8 ? value : Value(path: value.path, type: .unknown)
    }

    private mutating func extended(_ value: Value, _ width: UInt8, isSigned: Bool) -> Value {
        let node = table[value.path]
        switch node.kind {
        case .number:
            let number: Int64
            switch (width, isSigned) {
            case (4, true): number = Int64(Int32(truncatingIfNeeded: node.value))
            case (4, false): number = Int64(UInt32(truncatingIfNeeded: node.value))
            case (2, true): number = Int64(Int16(truncatingIfNeeded: node.value))
            case (2, false): number = Int64(UInt16(truncatingIfNeeded: node.value))
            case (_, true): number = Int64(Int8(truncatingIfNeeded: node.value))
            default: number = Int64(UInt8(truncatingIfNeeded: node.value))
            }
            return Value(path: table.number(number), type: .unknown)
        case .comparison: return value
        default:
            if width == 4, !isSigned { return Value(path: value.path, type: .unknown) }
            // A byte that was loaded is what it was.
            if node.kind == .load || node.kind == .alternatives, !isSigned {
                return Value(path: value.path, type: .unknown)
            }
            return derived(value)
        }
    }

    /// Something computed from a value.
    mutating func derived(_ value: Value) -> Value {
        Value(path: table.set(.derived, value.path, value.path, atMost: 6), type: .unknown)
    }

    mutating func derived(_ a: PathID, _ b: PathID) -> Value {
        Value(path: table.set(.derived, a, b, atMost: 6), type: .unknown)
    }
}
