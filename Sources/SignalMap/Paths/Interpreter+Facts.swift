extension Interpreter {
    // MARK: Notes

    /// Marks of one kind are left once a function, but for those that name a place.
    mutating func mark(_ what: CodeFacts.Mark.What, at address: UInt64) {
        switch what {
        case .stackPointer, .budget, .frame: if !marked.insert(what.rawValue).inserted { return }
        case .unknownState: break
        case .jump, .bytes: if !isCollecting { return }
        }
        facts.marks.append(CodeFacts.Mark(what: what, address: address))
    }

    /// An instruction forms the address of code or of a table.
    func isWorthNoting(_ address: UInt64) -> Bool { memory.isCode(address) || memory.isTable(address) }

    mutating func refer(to address: UInt64, _ instruction: Instruction) {
        guard isCollecting, isWorthNoting(address) else { return }
        facts.references.append(CodeFacts.Reference(at: instruction.address, to: address))
    }

    mutating func refer(to path: PathID, _ instruction: Instruction) {
        let node = table[path]
        if node.kind == .address { refer(to: UInt64(bitPattern: node.value), instruction) }
    }

    /// A place inside of a structure on the stack is a field of it.
    private mutating func noted(_ path: PathID, at address: UInt64) -> PathID {
        guard !places.isEmpty, let offset = stackOffset(path),
            let object = places.objects.object(holding: offset, at: address, frame),
            object.offset < offset
        else { return path }
        return table.intern(
            AccessPath(kind: .field, type: object.type, base: stack(object.offset), value: offset - object.offset))
    }

    mutating func noted(_ value: Value, at address: UInt64) -> Value {
        Value(path: noted(value.path, at: address), type: value.type)
    }

    mutating func note(
        _ value: Value, storedTo place: Place, width: Int, how: CodeFacts.Store.How, _ instruction: Instruction
    ) {
        facts.stores.append(
            CodeFacts.Store(
                address: instruction.address, block: Int32(block), how: how,
                width: UInt8(truncatingIfNeeded: width), place: noted(place.path, at: instruction.address),
                type: place.pointee, value: noted(value, at: instruction.address),
                bits: how == .setBits || how == .clearBits ? instruction.immediate : 0))
    }

    mutating func noteReturn() {
        guard isCollecting else { return }
        let value = state.registers[0]
        let known = facts.returned.count - firstReturned
        // A value that any may be says as much as many others.
        if known >= 16 {
            facts.returned.removeSubrange(firstReturned...)
            facts.returned.append(.unknown)
        }
        if known > 0, facts.returned[firstReturned...].contains(where: { $0 == value || $0 == .unknown }) { return }
        facts.returned.append(value)
    }

    // MARK: From the function's paths to those of all

    /// Closes a function's facts: from now on they name paths of `facts.paths`.
    mutating func move(from start: CodeFacts.Function) {
        moved.removeAll(keepingCapacity: true)
        moved.append(contentsOf: repeatElement(.unknown, count: table.nodes.count))
        let firstArgument = argumentStart
        for index in firstArgument..<facts.arguments.count { facts.arguments[index] = move(facts.arguments[index]) }
        for index in start.calls.lowerBound..<facts.calls.count {
            switch facts.calls[index].target {
            case .direct: break
            case .indirect(let value): facts.calls[index].target = .indirect(move(value))
            case .system(let number): facts.calls[index].target = .system(move(number))
            }
        }
        for index in start.stores.lowerBound..<facts.stores.count {
            facts.stores[index].place = move(facts.stores[index].place)
            facts.stores[index].value = move(facts.stores[index].value)
        }
        for index in start.tests.lowerBound..<facts.tests.count {
            facts.tests[index].left = move(facts.tests[index].left)
            facts.tests[index].right = move(facts.tests[index].right)
        }
        for index in firstReturned..<facts.returned.count { facts.returned[index] = move(facts.returned[index]) }
        argumentStart = facts.arguments.count
        facts.functions.append(
            CodeFacts.Function(
                calls: start.calls.lowerBound..<facts.calls.count, stores: start.stores.lowerBound..<facts.stores.count,
                tests: start.tests.lowerBound..<facts.tests.count,
                references: start.references.lowerBound..<facts.references.count,
                marks: start.marks.lowerBound..<facts.marks.count,
                returns: start.returns.lowerBound..<facts.returned.count))
    }

    private mutating func move(_ path: PathID) -> PathID { facts.paths.move(path, from: table, &moved) }
    private mutating func move(_ value: Value) -> Value { Value(path: move(value.path), type: value.type) }
}
