extension FlowBuilder {
    /// What virtual calls of one class and slot reach; what each of them passes goes to all targets.
    struct VirtualSet {
        struct Key: Hashable {
            /// Into the types' structures; nil: not known.
            var structure: UInt32?
            var slot: Int64
        }
        var key: Key
        var callees: [CallGraph.Callee]
        /// Of the class and those derived from it; otherwise of all tables.
        var isOfClass: Bool
        var isIncomplete: Bool
    }

    /// Whether a call's target is an entry of a virtual table, read through an object's pointer to it; its set.
    func virtualCall(_ path: AccessPath) -> Int32? {
        guard path.kind == .load, path.value >= 0, !classes.tables.isEmpty else { return nil }
        let table = facts.paths[path.base]
        guard table.kind == .load, table.type.isKnown, table.value >= 0 else { return nil }
        let leaf = types.table.leaf(at: UInt64(table.value), in: table.type)
        guard let member = leaf.members.first(where: { isTablePointer($0) }) else { return nil }
        // The class that the pointer is declared to point to says more than the base that has the table's pointer.
        var structure = member.structure
        if table.value == 0, let outer = types.table.structure(table.type) { structure = outer }
        let nested = types.table.nested(at: UInt64(table.value), in: table.type)
        if table.value != 0, let inner = types.table.structure(nested) { structure = inner }
        return virtualSet(VirtualSet.Key(structure: structure, slot: path.value))
    }

    /// gcc calls it _vptr.CLASS, clang _vptr$CLASS.
    private func isTablePointer(_ member: MemberKey) -> Bool {
        guard Int(member.structure) < types.table.structures.count else { return false }
        let members = types.table.structures[Int(member.structure)].members
        return Int(member.member) < members.count && members[Int(member.member)].name.hasPrefix("_vptr")
    }

    private func virtualSet(_ key: VirtualSet.Key) -> Int32 {
        if let place = virtualPlaces[key] { return place }
        let found = virtualTargets(key)
        let place = Int32(virtualSets.count)
        virtualSets.append(found)
        virtualPlaces[key] = place
        let result = node(.passed(set: place, index: Int32(Self.registers)))
        for callee in found.callees {
            guard let function = callee.function else {
                graph.open(result, .outside)
                for index in 0..<Self.registers {
                    graph.connect(node(.passed(set: place, index: Int32(index))), to: escapeNode)
                }
                continue
            }
            for index in 0..<Self.registers {
                graph.connect(node(.passed(set: place, index: Int32(index))), to: parameter(function, index))
            }
            graph.connect(returned(function), to: result)
            virtualCallees.insert(function)
        }
        if found.isIncomplete { graph.open(result, .outside) }
        return place
    }

    /// Arguments of a virtual call.
    func passVirtually(_ call: Int, caller: Int, set: Int32) {
        for (index, argument) in facts.calls[call].arguments.enumerated() {
            let path = facts.arguments[argument].path
            if isData(path) { continue }
            if index < Self.registers {
                flow(path, in: caller, to: node(.passed(set: set, index: Int32(index))))
            } else {
                escape(sources(of: path, in: caller))
            }
        }
        if callsWithResult[facts.calls[call].address] != nil {
            graph.connect(
                node(.passed(set: set, index: Int32(Self.registers))), to: node(.result(facts.calls[call].address)))
        }
        let callees = virtualSets[Int(set)].callees
        for callee in callees where callees.count <= 8 {
            if let function = callee.function { passes.append((call, caller, function)) }
        }
    }

    /// All entries at a byte offset of any table.
    func entries(at slot: Int64) -> [CallGraph.Callee] {
        if entriesBySlot.isEmpty {
            for entry in classes.slots {
                if let callee = callee(entry.callee) { entriesBySlot[Int64(entry.offset), default: []].insert(callee) }
            }
        }
        return entriesBySlot[slot].map { $0.sorted() } ?? []
    }

    private func virtualTargets(_ key: VirtualSet.Key) -> VirtualSet {
        VirtualSet(key: key, callees: entries(at: key.slot), isOfClass: false, isIncomplete: true)
    }
}
