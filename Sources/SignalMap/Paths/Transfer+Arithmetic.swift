import CCapstone

extension Interpreter {
    mutating func compute(_ instruction: Instruction) {
        let old = read(instruction.destination, at: instruction.address)
        switch instruction.does {
        case .addConstant: addConstant(old, instruction)
        case .add:
            let sum = sum(old, read(instruction.source, at: instruction.address), instruction)
            setRegister(instruction.destination, sum, instruction)
            setFlags(result: sum.path, instruction)
        case .andConstant: andConstant(old, instruction)
        case .combine:
            // Sign extensions of rax itself leave the flags alone.
            if instruction.source == Instruction.none, instruction.width == 0 {
                setRegister(instruction.destination, derived(old), instruction)
                return
            }
            let value: Value
            if instruction.source == Instruction.none {
                value = derived(old)
            } else {
                value = derived(old.path, read(instruction.source, at: instruction.address).path)
            }
            combined(value, instruction)
        default:
            if Self.loadsThreadPointer(instruction) {
                let pointer = threadPointerValue().path
                let sum = sumWithThreadPointer(old.path, pointer) ?? .unknown
                setRegister(instruction.destination, Value(path: sum, type: .unknown), instruction)
                state.flags.isKnown = false
                return
            }
            let place = place(of: instruction)
            let other = load(place, instruction)
            combined(derived(old.path, other.path), instruction)
        }
    }

    private mutating func combined(_ value: Value, _ instruction: Instruction) {
        if instruction.destination == UInt8(Self.stackPointer) {
            // alloca: what lies there is a place of its own.
            let place = table.intern(
                AccessPath(
                    kind: .opaque, base: PathID(index: UInt32(Self.stackPointer)),
                    value: Int64(bitPattern: instruction.address)))
            setRegister(instruction.destination, Value(path: place, type: .unknown), instruction)
        } else {
            setRegister(instruction.destination, value, instruction)
        }
        setFlags(result: value.path, instruction)
    }

    private mutating func addConstant(_ old: Value, _ instruction: Instruction) {
        if instruction.width < 8 {
            let node = table[old.path]
            var value: Value
            if node.kind == .number, instruction.width == 4 {
                let sum = Int64(UInt32(truncatingIfNeeded: node.value &+ instruction.immediate))
                value = Value(path: table.number(sum), type: .unknown)
            } else {
                value = derived(old)
            }
            setRegister(instruction.destination, value, instruction)
            setFlags(result: value.path, instruction)
            return
        }
        let place = plus(old, instruction.immediate)
        var type = TypeID.unknown
        if instruction.destination != UInt8(Self.stackPointer) {
            type = pointerType(place, at: instruction.address)
            escape(place.path, at: instruction.address)
        }
        refer(to: place.path, instruction)
        setRegister(instruction.destination, Value(path: place.path, type: type), instruction)
        // A difference that is 0: both were equal.
        state.flags = AbstractState.Flags(
            isKnown: true, isMask: false, width: instruction.width, left: old.path,
            right: table.number(0 &- instruction.immediate))
    }

    private mutating func andConstant(_ old: Value, _ instruction: Instruction) {
        let node = table[old.path]
        var value: Value
        if instruction.destination == UInt8(Self.stackPointer), node.kind == .stack {
            // The stack is aligned further than at entry, where rsp + 8 is a multiple of 16 (psABI AMD64, section
            // 3.2.2). How far is not known, and does not matter: what lies above is not addressed from here.
            let aligned = ((node.value &- 8) & instruction.immediate) &+ 8
            value = Value(path: stack(min(aligned, node.value)), type: .unknown)
        } else if node.kind == .number {
            value = Value(path: table.number(node.value & instruction.immediate), type: .unknown)
        } else if node.kind == .comparison, instruction.immediate & 1 == 1 {
            value = Value(path: old.path, type: .unknown)
        } else {
            value = derived(old)
        }
        setRegister(instruction.destination, value, instruction)
        state.flags = AbstractState.Flags(
            isKnown: true, isMask: true, width: instruction.width, left: old.path,
            right: table.number(instruction.immediate))
    }

    private mutating func sum(_ a: Value, _ b: Value, _ instruction: Instruction) -> Value {
        if let path = sumWithThreadPointer(a.path, b.path) { return Value(path: path, type: .unknown) }
        if instruction.width < 8 { return derived(a.path, b.path) }
        var (pointer, offset) = (a, b)
        if isLessOfAPointer(pointer, than: offset) { swap(&pointer, &offset) }
        let other = table[offset.path]
        switch other.kind {
        case .number:
            let place = plus(pointer, other.value)
            return Value(path: place.path, type: pointerType(place, at: instruction.address))
        case .address, .symbol, .stack:
            // Two addresses: which is the offset is not known.
            let either = table.set(.alternatives, pointer.path, offset.path, atMost: Join.limit)
            let place = element(Value(path: either, type: .unknown), 0)
            escape(offset.path, at: instruction.address)
            return Value(path: place.path, type: .unknown)
        default: break
        }
        if instruction.destination == UInt8(Self.stackPointer) { return .unknown }
        // index + constant, computed before the base was added
        let known = other.kind == .field && !other.type.isKnown && other.value > -65536 && other.value < 65536
        let place = element(pointer, known ? other.value : 0)
        if let start = stackOffset(pointer.path) { escape(stack(start), at: instruction.address) }
        return Value(path: place.path, type: pointer.type)
    }

    // MARK: Memory

    /// Instructions that read memory and write it.
    mutating func modify(_ instruction: Instruction) {
        let width = Int(instruction.width)
        let place = place(of: instruction)
        let old = load(place, instruction)
        switch instruction.does {
        case .setMemory:
            store(outcome(instruction), to: place, width: width, instruction)
        case .exchangeMemory:
            let new = narrowed(read(instruction.destination, at: instruction.address), instruction.width)
            store(new, to: place, width: width, how: .exchange, instruction)
            setRegister(instruction.destination, old, instruction)
        case .compareExchange:
            let expected = state.registers[0].path
            let new = narrowed(read(instruction.source, at: instruction.address), instruction.width)
            store(new, to: place, width: width, how: .exchange, instruction)
            setRegister(0, old, instruction)
            if width == 16 { setRegister(2, .unknown, instruction) }
            state.flags = AbstractState.Flags(
                isKnown: width <= 8, isMask: false, width: instruction.width, left: old.path, right: expected)
        case .fetchAdd:
            let addend = read(instruction.destination, at: instruction.address).path
            let sum = derived(old.path, addend)
            store(sum, to: place, width: width, how: .modify, instruction)
            setRegister(instruction.destination, old, instruction)
            setFlags(result: sum.path, instruction)
        default:
            var value = derived(old)
            if instruction.source < 16 {
                value = derived(old.path, read(instruction.source, at: instruction.address).path)
            }
            let how: CodeFacts.Store.How =
                switch Int(instruction.bits) {
                case Int(DWI_SETS): .setBits
                case Int(DWI_CLEARS): .clearBits
                default: .modify
                }
            store(value, to: place, width: width, how: how, instruction)
            setFlags(result: value.path, instruction)
        }
    }

    // MARK: Flags

    mutating func setFlags(result: PathID, _ instruction: Instruction) {
        state.flags = AbstractState.Flags(
            isKnown: true, isMask: false, width: instruction.width, left: result, right: table.number(0))
    }

    mutating func compare(_ instruction: Instruction) {
        var left = PathID.unknown
        var right = PathID.unknown
        var isMask = false
        switch instruction.does {
        case .compare, .test:
            left = read(instruction.destination, at: instruction.address).path
            right = read(instruction.source, at: instruction.address).path
        case .compareConstant, .testConstant:
            left = read(instruction.destination, at: instruction.address).path
            right = constant(instruction.immediate)
        default:
            let place = place(of: instruction)
            left = load(place, instruction).path
            right =
                instruction.destination == Instruction.none
                ? constant(instruction.immediate) : read(instruction.destination, at: instruction.address).path
        }
        switch instruction.does {
        case .test, .testConstant, .testMemory: isMask = true
        default: break
        }
        if isMask, instruction.does == .test, instruction.destination == instruction.source {
            // As compared with 0.
            isMask = false
            right = table.number(0)
        }
        state.flags = AbstractState.Flags(
            isKnown: true, isMask: isMask, width: instruction.width, left: left, right: right)
    }

    /// 1 or 0, as the flags are.
    func comparison(under condition: UInt8) -> PathTable.Comparison? {
        guard state.flags.isKnown, condition < 16 else { return nil }
        let flags = state.flags
        // The outcome of an earlier comparison, compared with 0 or 1, or its lowest bit tested.
        if condition == UInt8(DWI_EQUAL) || condition == UInt8(DWI_NOT_EQUAL),
            var earlier = table.comparison(flags.left), table[flags.right].kind == .number
        {
            let number = table[flags.right].value
            if flags.isMask ? number & 1 == 1 : number == 0 || number == 1 {
                let isOne = !flags.isMask && number == 1
                if isOne != (condition == UInt8(DWI_EQUAL)) { earlier.condition ^= 1 }
                return earlier
            }
        }
        return PathTable.Comparison(
            condition: condition, isMask: flags.isMask, width: flags.width, left: flags.left, right: flags.right)
    }

    mutating func outcome(_ instruction: Instruction) -> Value {
        guard let comparison = comparison(under: instruction.condition) else { return .unknown }
        return Value(path: table.comparison(comparison), type: .unknown)
    }
}
