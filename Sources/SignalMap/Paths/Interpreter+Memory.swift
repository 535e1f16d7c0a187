extension Interpreter {
    // MARK: Loads

    /// What is in memory at a place.
    mutating func load(_ place: Place, _ instruction: Instruction) -> Value {
        load(place, width: Int(instruction.width), isSigned: instruction.isSigned != 0, instruction)
    }

    mutating func load(_ place: Place, width: Int, isSigned: Bool, _ instruction: Instruction) -> Value {
        var value = wholeLoad(place, width: width, isSigned: isSigned, instruction)
        if width < 8 { value.type = .unknown }
        return value
    }

    private mutating func wholeLoad(_ place: Place, width: Int, isSigned: Bool, _ instruction: Instruction) -> Value {
        let node = table[place.path]
        switch node.kind {
        case .address:
            let address = UInt64(bitPattern: node.value)
            if let word = memory.word(at: address, width: width, isSigned: isSigned) { return value(word, instruction) }
            return Value(path: load(from: place.path, .unknown, 0), type: view.leaf(at: address))
        case .symbol: return Value(path: load(from: place.path, .unknown, 0), type: leaf(ofSymbol: node))
        case .stack: return loadSlot(node.value, width: width, instruction)
        case .field:
            return Value(
                path: load(from: node.base, node.type, node.value), type: view.leaf(node.value, in: node.type))
        case .element:
            let type = view.isStructure(node.type) ? view.leaf(max(node.value, 0), in: node.type) : node.type
            return Value(path: load(from: place.path, node.type, 0), type: type)
        case .threadLocal:
            return Value(path: load(from: place.path, .unknown, 0), type: leaf(ofThreadLocal: node))
        case .number, .comparison: return .unknown
        case .unknown where !place.pointee.isKnown: return .unknown
        case .unknown, .parameter, .load, .result, .opaque, .alternatives, .derived:
            return Value(path: load(from: place.path, place.pointee, 0), type: view.leaf(0, in: place.pointee))
        }
    }

    private mutating func load(from base: PathID, _ type: TypeID, _ offset: Int64) -> PathID {
        table.intern(AccessPath(kind: .load, type: type, base: base, value: offset))
    }

    private mutating func value(_ word: KnownMemory.Word, _ instruction: Instruction) -> Value {
        switch word {
        case .number(let number): return Value(path: table.number(number), type: .unknown)
        case .address(let address):
            refer(to: address, instruction)
            let path = table.intern(AccessPath(kind: .address, value: Int64(bitPattern: address)))
            return Value(path: path, type: view.pointer(at: address))
        case .symbol(let name, let addend):
            let place = Place(path: table.symbol(name, addend), pointee: .unknown)
            if let address = memory.binary.exports[name] {
                refer(to: address &+ UInt64(bitPattern: addend), instruction)
            }
            return Value(path: place.path, type: pointerType(place, at: instruction.address))
        case .threadLocal(let word): return Value(path: path(word), type: .unknown)
        }
    }

    private mutating func leaf(ofSymbol node: AccessPath) -> TypeID {
        guard !view.isEmpty, let address = memory.binary.exports[table.symbols[Int(node.base.index)]] else {
            return .unknown
        }
        return view.leaf(at: address &+ UInt64(bitPattern: node.value))
    }

    private mutating func leaf(ofThreadLocal node: AccessPath) -> TypeID {
        guard !view.isEmpty, !node.base.isKnown, node.value >= 0 else { return .unknown }
        let variables = view.types.threadLocals
        let offset = UInt64(node.value)
        guard let variable = variables.last(where: { $0.address <= offset }),
            offset - variable.address < max(view.size(variable.type), 1)
        else { return .unknown }
        return view.leaf(Int64(clamping: offset - variable.address), in: variable.type)
    }

    // MARK: The stack

    /// Where the registers of the frame stand.
    var frame: StackObjects.Frame {
        StackObjects.Frame(
            stackPointer: stackOffset(state.registers[Self.stackPointer].path),
            framePointer: stackOffset(state.registers[Self.framePointer].path))
    }

    /// Parameters on the stack begin behind the return address.
    private static let firstParameter: Int64 = 8
    private static let lastParameter: Int64 = 8 * 64

    private mutating func loadSlot(_ offset: Int64, width: Int, _ instruction: Instruction) -> Value {
        var value: Value
        if let known = state.slot(at: offset, width: Int64(width)) {
            value = known
        } else if offset >= Self.firstParameter, offset <= Self.lastParameter, offset & 7 == 0, !escapes.holds(offset) {
            value = Value(
                path: table.intern(AccessPath(kind: .parameter, value: 6 + (offset - 8) / 8)), type: .unknown)
        } else if let object = places.objects.object(holding: offset, at: instruction.address, frame) {
            let inside = offset - object.offset
            let base = stack(object.offset)
            value = Value(path: load(from: base, object.type, inside), type: view.leaf(inside, in: object.type))
        } else {
            let base = stack(offset)
            value = Value(path: load(from: base, .unknown, 0), type: .unknown)
        }
        if width == 8, !places.isEmpty {
            let type = variableType(inSlot: offset, at: instruction.next)
            if type.isKnown, !value.type.isKnown || view.isPointerToStructure(type) { value.type = type }
        }
        return value
    }

    private func variableType(inSlot offset: Int64, at address: UInt64) -> TypeID {
        places.type(inSlot: offset, at: address, frame, view)
    }

    private mutating func storeSlot(_ value: Value, at offset: Int64, width: Int64, _ instruction: Instruction) {
        var value = value
        if width < 8 {
            value.type = .unknown
        } else if !places.isEmpty {
            let type = variableType(inSlot: offset, at: instruction.next)
            if type.isKnown, !value.type.isKnown || view.isPointerToStructure(type) { value.type = type }
        }
        if value.path.isKnown || value.type.isKnown {
            if !state.write(value, at: offset, width: width) {
                state.forget(from: offset, to: offset &+ width)
                mark(.frame, at: instruction.address)
            }
        } else {
            state.forget(from: offset, to: offset &+ width)
        }
    }

    /// The address of a part of the frame leaves the function's hands.
    mutating func escape(_ path: PathID, at address: UInt64) {
        let node = table[path]
        switch node.kind {
        case .stack: escape(offset: node.value)
        case .field, .element: if let offset = stackOffset(node.base) { escape(offset: offset) }
        case .alternatives: for member in table.alternatives(path) { escape(member, at: address) }
        default: break
        }
    }

    private mutating func escape(offset: Int64) {
        if escapes.holds(offset) { return }
        if let range = places.objects.range(holding: offset, frame) {
            escapes.add(from: range.low, to: range.high)
            return
        }
        // Its size is not known: up to the next variable, or to the end of the frame.
        let end = offset < 0 ? 0 : AbstractState.reach
        escapes.add(from: offset, to: min(places.nextVariable(above: offset, frame) ?? end, end))
    }

    // MARK: Stores

    mutating func store(
        _ value: Value, to place: Place, width: Int, how: CodeFacts.Store.How = .plain, _ instruction: Instruction
    ) {
        let node = table[place.path]
        if node.kind == .stack {
            if how == .plain {
                storeSlot(value, at: node.value, width: Int64(width), instruction)
            } else {
                state.forget(from: node.value, to: node.value &+ Int64(width))
            }
            if !isCollecting || !escapes.holds(node.value) {
                escape(value.path, at: instruction.address)
                return
            }
        } else {
            if mayReachFrame(place.path, node) { escapes.forget(in: &state) }
            if node.kind == .element || node.kind == .field, let offset = stackOffset(node.base) {
                // Some element of an array on the stack.
                let range = places.objects.range(holding: offset, frame)
                state.forget(from: range?.low ?? offset, to: range?.high ?? (offset < 0 ? 0 : AbstractState.reach))
            }
        }
        escape(value.path, at: instruction.address)
        learnType(of: value, storedTo: place, node, width, instruction)
        if isCollecting { note(value, storedTo: place, width: width, how: how, instruction) }
    }

    /// Whether a store through a pointer may change parts of the frame whose address was given away.
    private func mayReachFrame(_ path: PathID, _ node: AccessPath) -> Bool {
        if escapes.count == 0 { return false }
        var node = node
        while node.kind == .field || node.kind == .element { node = table[node.base] }
        switch node.kind {
        case .address, .symbol, .parameter, .threadLocal: return false
        default: return true
        }
    }

    /// A value takes the type of the field that it is stored in.
    private mutating func learnType(
        of value: Value, storedTo place: Place, _ node: AccessPath, _ width: Int, _ instruction: Instruction
    ) {
        guard !view.isEmpty, width == 8, value.path.isKnown, !value.type.isKnown else { return }
        switch table[value.path].kind {
        case .result, .parameter, .load, .opaque: break
        default: return
        }
        let type: TypeID
        switch node.kind {
        case .field: type = view.leaf(node.value, in: node.type)
        case .element: type = view.isStructure(node.type) ? view.leaf(max(node.value, 0), in: node.type) : node.type
        case .address: type = view.leaf(at: UInt64(bitPattern: node.value))
        case .symbol: type = leaf(ofSymbol: node)
        default: type = view.leaf(0, in: place.pointee)
        }
        guard view.isPointerToStructure(type) else { return }
        for register in 0..<16 where state.registers[register].path == value.path {
            if !state.registers[register].type.isKnown { state.registers[register].type = type }
        }
    }
}
