import CCapstone

/// An address in memory, and what lies there.
struct Place {
    var path: PathID
    /// Of what the path points to.
    var pointee: TypeID
    static let unknown = Place(path: .unknown, pointee: .unknown)
}

extension Interpreter {
    // MARK: Registers

    /// The value of a general register, with the type of the variable that lives in it.
    func read(_ register: UInt8, at address: UInt64) -> Value {
        guard register < 16 else { return .unknown }
        var value = state.registers[Int(register)]
        if !places.isEmpty {
            let type = places.type(inRegister: Int(register), at: address)
            if type.isKnown, !value.type.isKnown || view.isPointerToStructure(type) { value.type = type }
        }
        return value
    }

    func write(_ value: Value, to register: UInt8) {
        if register < 16 { state.registers[Int(register)] = value }
    }

    mutating func stack(_ offset: Int64) -> PathID { table.intern(AccessPath(kind: .stack, value: offset)) }

    /// Where a path is that many bytes from the stack pointer at entry; nil where it is no place on the stack.
    func stackOffset(_ path: PathID) -> Int64? {
        let node = table[path]
        return node.kind == .stack ? node.value : nil
    }

    mutating func constant(_ value: Int64) -> PathID {
        memory.isAddress(value)
            ? table.intern(AccessPath(kind: .address, value: value))
            : table.number(value)
    }

    // MARK: Addresses

    /// The address that a memory operand names.
    mutating func place(of instruction: Instruction) -> Place {
        let base = instruction.base
        let index = instruction.index
        let displacement = instruction.displacement
        if base == UInt8(DWI_SEGMENT) { return Place(path: threadLocalPlace(instruction), pointee: .unknown) }
        if base == Instruction.none {
            if index == Instruction.none {
                return Place(path: table.intern(AccessPath(kind: .address, value: displacement)), pointee: .unknown)
            }
            if memory.isAddress(displacement) { return elementOfTable(instruction) }
            var value = read(index, at: instruction.address)
            if instruction.scale > 1 { value = scaled(value, Int64(instruction.scale)) }
            return plus(value, displacement)
        }
        guard base < 16 else { return .unknown }
        var value = read(base, at: instruction.address)
        if index == Instruction.none { return plus(wide(value, displacement, base, instruction.address), displacement) }
        var other = read(index, at: instruction.address)
        if instruction.scale == 1, isLessOfAPointer(value, than: other) { swap(&value, &other) }
        let count = table[other.path]
        if count.kind == .number {
            return plus(value, displacement &+ count.value &* Int64(instruction.scale))
        }
        return element(value, displacement)
    }

    private mutating func scaled(_ value: Value, _ scale: Int64) -> Value {
        let node = table[value.path]
        if node.kind == .number { return Value(path: table.number(node.value &* scale), type: .unknown) }
        return derived(value)
    }

    /// An array at a fixed address.
    private mutating func elementOfTable(_ instruction: Instruction) -> Place {
        let address = instruction.displacement
        let count = table[read(instruction.index, at: instruction.address).path]
        if count.kind == .number {
            let sum = address &+ count.value &* Int64(instruction.scale)
            return Place(path: table.intern(AccessPath(kind: .address, value: sum)), pointee: .unknown)
        }
        let base = table.intern(AccessPath(kind: .address, value: address))
        let type = view.pointee(view.pointer(at: UInt64(bitPattern: address)))
        return Place(path: table.intern(AccessPath(kind: .element, type: type, base: base)), pointee: type)
    }

    /// A register may hold a variable of a larger type than the one that is known first: what begins with a structure.
    private func wide(_ value: Value, _ displacement: Int64, _ register: UInt8, _ address: UInt64) -> Value {
        guard displacement > 0, !places.isEmpty else { return value }
        let size = view.size(view.pointee(value.type))
        guard size > 0, UInt64(displacement) >= size else { return value }
        let type = places.type(inRegister: Int(register), at: address)
        guard view.size(view.pointee(type)) > UInt64(displacement) else { return value }
        return Value(path: value.path, type: type)
    }

    /// Of two parts of a sum, which one is the address: what has a type, or is not computed.
    func isLessOfAPointer(_ a: Value, than b: Value) -> Bool {
        let isTyped = view.isPointerToStructure(a.type)
        if isTyped != view.isPointerToStructure(b.type) { return !isTyped }
        return rank(a) < rank(b)
    }

    private func rank(_ value: Value) -> Int {
        switch table[value.path].kind {
        case .unknown, .number, .comparison: 0
        case .derived: 1
        case .load, .result, .opaque, .alternatives, .parameter: 2
        case .address, .symbol, .stack, .threadLocal, .field, .element: 3
        }
    }

    /// The address that many bytes behind a pointer.
    mutating func plus(_ pointer: Value, _ offset: Int64) -> Place {
        var node = table[pointer.path]
        let pointee = view.pointee(pointer.type)
        if offset == 0 { return Place(path: pointer.path, pointee: pointee) }
        switch node.kind {
        case .number: return Place(path: constant(node.value &+ offset), pointee: .unknown)
        case .address, .symbol, .stack, .threadLocal:
            node.value = node.value &+ offset
            return Place(path: table.intern(node), pointee: .unknown)
        case .field where node.type.isKnown || !pointee.isKnown:
            node.value = node.value &+ offset
            if node.value == 0 { return Place(path: node.base, pointee: node.type) }
            // Before the beginning of a structure lies what contains it, of an unknown type.
            if node.value < 0 { node.type = .unknown }
            return Place(path: table.intern(node), pointee: pointeeAfter(pointee, offset))
        case .element where node.type.isKnown || !pointee.isKnown:
            node.value = node.value &+ offset
            return Place(path: table.intern(node), pointee: pointeeAfter(pointee, offset))
        case .unknown where !pointee.isKnown: return .unknown
        default:
            let type = offset < 0 ? .unknown : pointee
            let path = table.intern(AccessPath(kind: .field, type: type, base: pointer.path, value: offset))
            return Place(path: path, pointee: pointeeAfter(pointee, offset))
        }
    }

    /// What lies that far into a structure.
    private mutating func pointeeAfter(_ type: TypeID, _ offset: Int64) -> TypeID {
        view.pointee(view.nestedPointer(offset, in: type))
    }

    /// An address at an index that is not known, plus some bytes.
    mutating func element(_ pointer: Value, _ offset: Int64) -> Place {
        let pointee = view.pointee(pointer.type)
        var node = table[pointer.path]
        if node.kind == .element, node.type == pointee || !pointee.isKnown {
            node.value = node.value &+ offset
            return Place(path: table.intern(node), pointee: pointee)
        }
        if node.kind == .unknown || node.kind == .number, !pointee.isKnown { return .unknown }
        let path = table.intern(AccessPath(kind: .element, type: pointee, base: pointer.path, value: offset))
        return Place(path: path, pointee: pointee)
    }

    /// The type of a pointer to a place.
    mutating func pointerType(_ place: Place, at address: UInt64) -> TypeID {
        if view.isEmpty { return .unknown }
        let node = table[place.path]
        switch node.kind {
        case .address: return view.pointer(at: UInt64(bitPattern: node.value))
        case .symbol:
            guard let start = memory.binary.exports[table.symbols[Int(node.base.index)]] else { return .unknown }
            return view.pointer(at: start &+ UInt64(bitPattern: node.value))
        case .stack:
            guard let object = places.objects.object(holding: node.value, at: address, frame) else { return .unknown }
            return view.nestedOrWhole(node.value - object.offset, in: object.type)
        case .field: return view.nestedPointer(node.value, in: node.type)
        case .element:
            return node.value == 0 ? view.pointer(to: node.type) : view.nestedPointer(node.value, in: node.type)
        default: return .unknown
        }
    }

    // MARK: The thread's own memory

    /// The thread pointer, where the distance of the module's block to it is not known.
    private mutating func threadPointer() -> PathID {
        if let size = memory.threadLocals.size { return table.intern(AccessPath(kind: .threadLocal, value: size)) }
        return table.intern(AccessPath(kind: .opaque, base: PathID(index: 0x7fff_ffff)))
    }

    private mutating func threadLocalPlace(_ instruction: Instruction) -> PathID {
        if instruction.index == Instruction.none {
            return threadLocal(distance: instruction.displacement)
        }
        guard instruction.index < 16, instruction.scale == 1 else { return .unknown }
        var node = table[state.registers[Int(instruction.index)].path]
        switch node.kind {
        case .threadLocal:
            node.value = node.value &+ instruction.displacement
            return table.intern(node)
        case .number: return threadLocal(distance: node.value &+ instruction.displacement)
        default: return .unknown
        }
    }

    private mutating func threadLocal(distance: Int64) -> PathID {
        guard let size = memory.threadLocals.size else { return .unknown }
        return table.intern(AccessPath(kind: .threadLocal, value: size &+ distance))
    }

    mutating func path(_ word: ThreadLocalWords.Word) -> PathID {
        var base = PathID.unknown
        if let symbol = word.symbol { base = PathID(index: table.symbolIndex(symbol) + 1) }
        return table.intern(AccessPath(kind: .threadLocal, base: base, value: word.offset))
    }

    /// %fs:0 holds the thread pointer itself (psABI AMD64, "Thread Control Block").
    static func loadsThreadPointer(_ instruction: Instruction) -> Bool {
        instruction.base == UInt8(DWI_SEGMENT) && instruction.index == Instruction.none
            && instruction.displacement == 0 && instruction.width == 8
    }

    mutating func threadPointerValue() -> Value { Value(path: threadPointer(), type: .unknown) }

    /// The thread pointer plus something: words of the global offset table count from it, and stand for the variable.
    mutating func sumWithThreadPointer(_ a: PathID, _ b: PathID) -> PathID? {
        let pointer = threadPointer()
        for (one, other) in [(a, b), (b, a)] where one == pointer {
            switch table[other].kind {
            case .threadLocal: return other
            case .number: return threadLocal(distance: table[other].value)
            default: break
            }
        }
        return nil
    }
}
