import SignalMapABI

// What calls may lead to.
extension MapAssembly {
    /// Adds the calls with what `graph` knows of them, what cells may hold, and callbacks.
    mutating func add(_ graph: CallGraph, _ types: TypeTable) {
        let sets = addSets(graph, types)
        var edge = 0
        addCalls { assembly, call, function in
            let template = assembly.record(ofCall: call, in: function)
            var records: [dwm_call] = []
            while edge < graph.edges.count, graph.edges[edge].call < call { edge += 1 }
            while edge < graph.edges.count, graph.edges[edge].call == call {
                records.append(assembly.record(template, graph.edges[edge], graph, sets))
                edge += 1
            }
            return records.isEmpty ? [template] : records
        }
        for (name, address) in code.map.binary.resolvers.sorted(by: { $0.key < $1.key }) {
            guard let function = code.map.function(holding: address), let set = graph.resolved[name] else { continue }
            builder.exports.append(
                dwm_export(name: builder.string(name), function: UInt32(function), targets: sets[set]))
        }
        for slot in graph.slots {
            if let cell = cell(slot.cell, types) { builder.slot(cell, targets: sets[slot.set]) }
        }
        for callback in graph.callbacks {
            builder.callbacks.append(
                dwm_callback(
                    function: UInt32(callback.function), how: builder.string(callback.how),
                    where: callback.call.map { firstRecord[$0] } ?? DWM_NONE, reserved: 0))
        }
        for (index, marks) in graph.marks.enumerated() where index < builder.functions.count {
            let flags: [(CallGraph.Marks, dwm_function_flag)] = [
                (.taken, DWM_ADDRESS_TAKEN), (.escaped, DWM_ESCAPED), (.startRoutine, DWM_START_ROUTINE),
                (.returnsTwice, DWM_RETURNS_TWICE), (.initializer, DWM_INITIALIZER),
            ]
            for (mark, flag) in flags where marks.contains(mark) { builder.functions[index].flags |= flag.rawValue }
        }
    }

    /// The records of the graph's sets, by their places there.
    private mutating func addSets(_ graph: CallGraph, _ types: TypeTable) -> [UInt32] {
        // Sets of equal contents have one range.
        var lists: [Range<Int>: UInt32] = [:]
        let symbols = graph.symbols.map { builder.string($0) | DWM_IMPORTED }
        var places: [UInt32] = []
        for set in graph.sets {
            let list: UInt32
            if let known = lists[set.targets] {
                list = known
            } else {
                list = builder.targetList(
                    graph.targets[set.targets].map { $0.function.map { UInt32($0) } ?? symbols[$0.symbol ?? 0] })
                lists[set.targets] = list
            }
            let cells = graph.cells[set.cells].compactMap { cell($0, types) }
            places.append(
                builder.targetSet(
                    list: list, level: dwm_level(rawValue: UInt32(set.level.rawValue)), isOpen: set.isOpen,
                    isShared: set.isShared, cells: cells,
                    slotOffset: set.slotOffset.flatMap { UInt32(exactly: $0) } ?? DWM_NONE))
        }
        return places
    }

    private func record(
        _ template: dwm_call, _ edge: CallGraph.Edge, _ graph: CallGraph, _ sets: [UInt32]
    ) -> dwm_call {
        var record = template
        record.level = edge.level.rawValue
        record.is_callback = edge.isCallback ? 1 : 0
        let kind: dwm_call_kind
        switch edge.destination {
        case .callee(let callee):
            if let function = callee.function {
                kind = DWM_CALL_FUNCTION
                record.target = UInt32(function)
            } else {
                kind = DWM_CALL_SYMBOL
                record.target = callee.symbol.flatMap { builder.place(of: graph.symbols[$0]) } ?? DWM_NONE
            }
        case .set(let place):
            kind = DWM_CALL_TARGETS
            record.target = sets[place]
        case .system: kind = DWM_CALL_SYSTEM
        case .unknown: kind = DWM_CALL_UNKNOWN
        }
        record.kind = UInt8(kind.rawValue)
        return record
    }

    private mutating func cell(_ cell: CallGraph.Cell, _ types: TypeTable) -> SignalMapBuilder.Cell? {
        switch cell {
        case .member(let key):
            return member(key, types).map { SignalMapBuilder.Cell(kind: DWM_CELL_MEMBER.rawValue, value: $0) }
        case .variable(let symbol, let offset):
            return SignalMapBuilder.Cell(
                kind: DWM_CELL_VARIABLE.rawValue, value: builder.string(symbol), offset: offset)
        case .parameter(let symbol, let index):
            return SignalMapBuilder.Cell(
                kind: DWM_CELL_PARAMETER.rawValue, value: builder.string(symbol), offset: Int64(index))
        case .address(let address):
            return SignalMapBuilder.Cell(kind: DWM_CELL_ADDRESS.rawValue, offset: Int64(bitPattern: address))
        case .objectClass(let name, let pointer):
            return SignalMapBuilder.Cell(
                kind: DWM_CELL_CLASS.rawValue, value: builder.string(name), offset: pointer)
        }
    }

    mutating func member(_ key: MemberKey, _ types: TypeTable) -> UInt32? { builder.member(key, types) }
}

extension SignalMapBuilder {
    /// The place of a member; nil for one that the types do not have.
    mutating func member(_ key: MemberKey, _ types: TypeTable) -> UInt32? {
        guard Int(key.structure) < types.structures.count else { return nil }
        let structure = types.structures[Int(key.structure)]
        guard Int(key.member) < structure.members.count else { return nil }
        let member = structure.members[Int(key.member)]
        return self.member(
            structure: structure.name, name: member.name, offset: member.offset, type: types.spelling(of: member.type),
            size: structure.size)
    }
}

extension TypeTable {
    /// A type as a reader knows it, roughly: `queue *`, `pthread_cond_t`, `int[4]`.
    func spelling(of type: TypeID, depth: Int = 0) -> String {
        guard depth < 6 else { return "…" }
        switch shape(type) {
        case .unknown: return ""
        case .void: return "void"
        case .integer(let bytes): return "integer of \(bytes) bytes"
        case .floating(let bytes): return "floating-point number of \(bytes) bytes"
        case .enumeration: return "enumeration"
        case .pointer(let pointee):
            if case .function = shape(pointee) { return "function pointer" }
            return pointee.isKnown ? spelling(of: pointee, depth: depth + 1) + " *" : "void *"
        case .array(let element, let count):
            return spelling(of: element, depth: depth + 1) + "[" + (count.map { "\($0)" } ?? "") + "]"
        case .structure(let index):
            return Int(index) < structures.count ? structures[Int(index)].name : ""
        case .function: return "function"
        }
    }
}
