import SignalMapABI

extension SignalMapBuilder {
    /// Appends the calls of all functions with their targets, and sets where each function's begin. A call has a record
    /// for each of its answers, the surest first, one behind the other.
    ///
    /// `functions` and `blocks` are there already; `firstBlocks` says for each function where its blocks begin. Returns
    /// for each call of the facts its first record.
    mutating func addCalls(
        _ graph: CallGraph, _ facts: CodeFacts, _ types: TypeTable, firstBlocks: [UInt32]
    ) -> [UInt32] {
        let places = graph.sets.indices.map { addSet($0, of: graph, types) }
        let symbols = graph.symbols.map { string($0) }
        var records = [UInt32](repeating: DWM_NONE, count: facts.calls.count)
        for (function, stretch) in facts.functions.enumerated() {
            if function < functions.count { functions[function].first_call = UInt32(clamping: calls.count) }
            let firstBlock = function < firstBlocks.count ? firstBlocks[function] : 0
            for index in stretch.calls.sorted(by: { facts.calls[$0].address < facts.calls[$1].address }) {
                records[index] = UInt32(clamping: calls.count)
                for edge in graph.edges(of: index) {
                    calls.append(record(edge, facts.calls[index], firstBlock, places, symbols))
                }
            }
        }
        return records
    }

    private func record(
        _ edge: CallGraph.Edge, _ call: CodeFacts.Call, _ firstBlock: UInt32, _ places: [UInt32], _ symbols: [UInt32]
    ) -> dwm_call {
        let kind: dwm_call_kind
        let target: UInt32
        switch edge.destination {
        case .callee(let callee):
            kind = callee.symbol == nil ? DWM_CALL_FUNCTION : DWM_CALL_SYMBOL
            target = callee.symbol.map { symbols[$0] } ?? UInt32(callee.function ?? 0)
        case .set(let set):
            kind = DWM_CALL_TARGETS
            target = places[set]
        case .system:
            kind = DWM_CALL_SYSTEM
            target = DWM_NONE
        case .unknown:
            kind = DWM_CALL_UNKNOWN
            target = DWM_NONE
        }
        return dwm_call(
            address: call.address, length: call.isTail ? 0 : UInt32(clamping: call.returnAddress &- call.address),
            block: firstBlock &+ UInt32(clamping: call.block), target: target,
            kind: UInt8(truncatingIfNeeded: kind.rawValue), level: edge.level.rawValue,
            is_callback: edge.isCallback ? 1 : 0, reserved: 0)
    }

    /// The place of a set of targets; for the start routines of creations, too.
    mutating func addSet(_ index: Int, of graph: CallGraph, _ types: TypeTable) -> UInt32 {
        let set = graph.sets[index]
        let targets = graph.targets(of: index).map { callee in
            callee.symbol.map { string(graph.symbols[$0]) | DWM_IMPORTED } ?? UInt32(callee.function ?? 0)
        }
        let members = graph.cells[set.cells].compactMap { member($0, types) }
        return targetSet(
            targets, level: dwm_level(rawValue: UInt32(set.level.rawValue)), isOpen: set.isOpen,
            cell: keySet(members), slotOffset: set.slotOffset.map { UInt32(clamping: $0) } ?? DWM_NONE)
    }

    /// A cell in the words that binaries share. Those that are no members of structures have names of their own: a
    /// variable's symbol in no structure; an argument, by its number, of a function's symbol in the structure "()".
    /// nil of cells that only this binary knows.
    mutating func member(_ cell: CallGraph.Cell, _ types: TypeTable) -> UInt32? {
        switch cell {
        case .member(let key):
            guard Int(key.structure) < types.structures.count else { return nil }
            let structure = types.structures[Int(key.structure)]
            guard Int(key.member) < structure.members.count else { return nil }
            let member = structure.members[Int(key.member)]
            return self.member(
                structure: structure.name, name: member.name, offset: member.offset, type: "", size: structure.size)
        case .variable(let symbol, let offset):
            return member(structure: "", name: symbol, offset: UInt64(bitPattern: offset), type: "", size: 0)
        case .parameter(let symbol, let index):
            return member(structure: "()", name: symbol, offset: UInt64(clamping: index), type: "", size: 0)
        case .address: return nil
        }
    }

    /// Appends what cells hold and which functions others may call later. `records` is what `addCalls` returned.
    mutating func addCells(_ graph: CallGraph, _ types: TypeTable, records: [UInt32]) {
        for (cell, set) in graph.slots {
            var slot = dwm_slot(
                member: DWM_NONE, variable: DWM_NONE, address: 0, targets: addSet(set, of: graph, types), reserved: 0)
            if let member = member(cell, types) { slot.member = member }
            if case .variable(let symbol, _) = cell { slot.variable = string(symbol) }
            if case .address(let address) = cell { slot.address = address }
            slots.append(slot)
        }
        for callback in graph.callbacks {
            callbacks.append(
                dwm_callback(
                    function: UInt32(clamping: callback.function), how: string(callback.how),
                    where: callback.call.flatMap { $0 < records.count ? records[$0] : nil } ?? DWM_NONE, reserved: 0))
        }
    }

    /// What is known of a function from how its address travels, as `enum dwm_function_flag` has it.
    static func flags(_ marks: CallGraph.Marks) -> UInt32 {
        var flags: UInt32 = 0
        if marks.contains(.taken) { flags |= DWM_ADDRESS_TAKEN.rawValue }
        if marks.contains(.escaped) { flags |= DWM_ESCAPED.rawValue }
        if marks.contains(.startRoutine) { flags |= DWM_START_ROUTINE.rawValue }
        if marks.contains(.returnsTwice) { flags |= DWM_RETURNS_TWICE.rawValue }
        if marks.contains(.initializer) { flags |= DWM_INITIALIZER.rawValue }
        return flags
    }
}
