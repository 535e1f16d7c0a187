extension FlowBuilder {
    /// What virtual calls of one class and slot reach; what each of them passes goes to all targets.
    struct VirtualSet {
        struct Key: Hashable {
            /// Into the types' structures: the class that the code knows the object by.
            var structure: UInt32
            /// Of the pointer to the table in an object of that class.
            var pointer: Int64
            /// Bytes from the address point.
            var slot: Int64
        }
        var key: Key
        var callees: [CallGraph.Callee]
        /// Of the class and those derived from it; otherwise of all tables.
        var isOfClass: Bool
        var isIncomplete: Bool
        /// Other binaries may derive from the class.
        var isShared: Bool
        /// What other binaries may know the class by.
        var names: [String]
    }

    /// Whether a call's target is an entry of a virtual table, read through an object's pointer to it; its set.
    func virtualCall(_ path: AccessPath) -> Int32? {
        guard path.kind == .load, path.value >= 0, !classes.tables.isEmpty else { return nil }
        let table = facts.paths[path.base]
        guard table.kind == .load, table.type.isKnown, table.value >= 0 else { return nil }
        let leaf = types.table.leaf(at: UInt64(table.value), in: table.type)
        guard leaf.members.contains(where: { isTablePointer($0) }) else { return nil }
        // The class that the pointer is declared to point to says more than the base that has the table's pointer.
        guard let structure = types.table.structure(table.type) else { return nil }
        return virtualSet(VirtualSet.Key(structure: structure, pointer: table.value, slot: path.value))
    }

    /// The class of what a call may find its function in the first table of, where debug information says no more of it
    /// than its name: compilers describe classes where their tables are.
    func declaredClass(_ path: AccessPath) -> String? {
        guard path.kind == .load, path.value >= 0, path.value & 7 == 0 else { return nil }
        let table = facts.paths[path.base]
        guard table.kind == .load, table.value == 0, let index = types.table.structure(table.type),
            Int(index) < types.table.structures.count
        else { return nil }
        let structure = types.table.structures[Int(index)]
        return structure.isDeclaration && !structure.name.isEmpty ? structure.name : nil
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
        }
        if found.isIncomplete || found.isShared {
            graph.open(result, .outside)
            for index in 0..<Self.registers {
                graph.connect(node(.passed(set: place, index: Int32(index))), to: escapeNode)
            }
        }
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
            if let function = callee.function { addPass(call, caller: caller, callee: function) }
        }
    }

    /// All entries at a byte offset of any table.
    func entries(at slot: Int64) -> [CallGraph.Callee] {
        // Those whose slot is not known may be in any.
        let unplacedEntries = Set(classes.unplaced.compactMap { callee($0) })
        if entriesBySlot.isEmpty {
            for entry in classes.slots {
                if let callee = callee(entry.callee) {
                    entriesBySlot[Int64(entry.offset), default: unplacedEntries].insert(callee)
                }
            }
        }
        return entriesBySlot[slot, default: unplacedEntries].sorted()
    }

    private func virtualTargets(_ key: VirtualSet.Key) -> VirtualSet {
        let hierarchy = hierarchy ?? ClassHierarchy([classes])
        self.hierarchy = hierarchy
        let name = types.table.structures[Int(key.structure)].name
        let numbers = hierarchy.classes(named: name)
        let found = hierarchy.targets(
            ofSlot: Int32(clamping: key.slot), classes: numbers, pointerOffset: key.pointer)
        let callees = Set(found.targets.compactMap { callee($0.callee) }).sorted()
        // A resolver's choice is not followed there.
        let isResolved = found.targets.contains { $0.callee.kind == .resolved }
        let known = numbers.compactMap { hierarchy.name(of: $0) }
        // One of which this binary has no type_info is another one's.
        let isShared = numbers.isEmpty || known.count < numbers.count || known.contains { sharedClasses.contains($0) }
        // With no type_info at all tables are told apart by their slots alone.
        return VirtualSet(
            key: key, callees: callees, isOfClass: found.level == .byClass,
            isIncomplete: found.level == .all || found.unsure > 0 || callees.isEmpty && !isShared || isResolved,
            isShared: isShared, names: known.isEmpty ? [name] : known)
    }

    /// Classes whose tables or type_info other binaries can name, or define, so that these may derive from them.
    var sharedClasses: Set<String> {
        if let known = sharedClassNames { return known }
        var names: Set<String> = []
        for group in classes.groups where group.isExported {
            for table in group.tables where Int(table) < classes.tables.count {
                let type = classes.tables[Int(table)].type
                if type >= 0, Int(type) < classes.types.count, let name = classes.name(classes.types[Int(type)].name) {
                    names.insert(name)
                }
            }
        }
        for type in classes.types where type.isImported {
            if let name = classes.name(type.name) { names.insert(name) }
        }
        sharedClassNames = names
        return names
    }

    /// What other binaries call through tables of the classes that they share with this one.
    func openVirtualFunctions() {
        for group in classes.groups {
            let isShared = classes.subobjects[Int(group.subobjects.lowerBound)..<Int(group.subobjects.upperBound)]
                .contains { part in
                    let name = classes.name(classes.types[Int(part.type)].name)
                    return name.map { sharedClasses.contains($0) } ?? false
                }
            guard isShared || group.isExported else { continue }
            for table in group.tables where classes.tables[Int(table)].kind.isCxx {
                let slots = classes.tables[Int(table)].slots
                for slot in classes.slots[Int(slots.lowerBound)..<Int(slots.upperBound)] {
                    if let function = callee(slot.callee)?.function { callFromUnknown(function, .outside) }
                }
            }
        }
    }
}
