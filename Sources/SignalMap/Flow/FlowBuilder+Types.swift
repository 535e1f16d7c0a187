extension FlowBuilder {
    /// The structures that a call's arguments point to, which is all of their types that tells functions apart; nil of
    /// other arguments, and none behind the last structure.
    func structures(passedBy call: Int) -> [UInt32?] {
        var found = facts.calls[call].arguments.map { index -> UInt32? in
            guard case .pointer(let pointee) = types.table.shape(facts.arguments[index].type) else { return nil }
            return types.table.structure(pointee)
        }
        while found.last == .some(nil) { found.removeLast() }
        return found
    }

    /// Whether a function can be what a call that passes such structures means, as far as their types tell.
    func accepts(_ callee: CallGraph.Callee, _ structures: [UInt32?]) -> Bool {
        guard let function = callee.function, let known = types.functions[map.start(of: function)] else { return true }
        for (structure, parameter) in zip(structures, known.registers) {
            if let structure, !fits(structure, parameter) { return false }
        }
        return true
    }

    /// Whether a pointer to a structure may be passed as a parameter of a type.
    private func fits(_ mine: UInt32, _ parameter: TypeID) -> Bool {
        switch types.table.shape(parameter) {
        case .pointer(let to):
            guard let theirs = types.table.structure(to) else { return true }
            return mine == theirs || begins(mine, with: theirs) || begins(theirs, with: mine)
        case .integer(let size): return size >= 8
        case .floating, .enumeration: return false
        default: return true
        }
    }

    /// Whether a structure begins with another one, as its first member or base.
    private func begins(_ outer: UInt32, with inner: UInt32) -> Bool {
        var current = outer
        for _ in 0..<16 {
            guard Int(current) < types.table.structures.count else { return true }
            let structure = types.table.structures[Int(current)]
            if structure.isDeclaration || structure.isUnion { return true }
            guard let first = structure.members.first(where: { $0.offset == 0 }),
                let next = types.table.structure(first.type)
            else { return false }
            if next == inner { return true }
            current = next
        }
        return true
    }

    // MARK: Names that other binaries use

    /// nil of a function that only this binary can call by name.
    func exportedName(of function: Int) -> String? {
        if exportedNames.isEmpty {
            for (name, address) in map.binary.exports {
                guard let function = callee(at: address)?.function else { continue }
                // Of several names the first, so that the answer is always the same.
                if let other = exportedNames[function], other < name { continue }
                exportedNames[function] = name
            }
        }
        return exportedNames[function]
    }

    func exportedVariable(holding address: UInt64) -> (name: String, offset: Int64)? {
        let low = exportedVariables.partition { $0.address <= address }
        guard low > 0 else { return nil }
        let symbol = exportedVariables[low - 1]
        let offset = address &- symbol.address
        return offset < symbol.size ? (symbol.name, Int64(clamping: offset)) : nil
    }

    /// What another binary's function is handed.
    func keepSlot(_ name: String, _ index: Int, _ path: PathID, in function: Int) {
        if isData(path) { return }
        let sources = sources(of: path, in: function)
        if sources.isEmpty { return }
        let cell = CallGraph.Cell.parameter(symbol: name, index: index)
        let node = handed[cell] ?? graph.addNodes()
        handed[cell] = node
        connect(sources, to: node)
    }
}
