extension FlowBuilder {
    /// Lets functions travel until nothing changes any more.
    func settle() {
        while true {
            passPointers()
            passBytes()
            let arrivals = graph.settle()
            if arrivals.isEmpty, newSlots.isEmpty, newByteSources.isEmpty { return }
            for arrival in arrivals {
                guard let use = uses[arrival.node] else { continue }
                if let bits = arrival.callee {
                    arrive(CallGraph.Callee(bits: bits), at: use, arrival.node)
                } else {
                    opened(graph.openness[Int(arrival.node)], use)
                }
            }
        }
    }

    private func arrive(_ callee: CallGraph.Callee, at use: Use, _ node: Node) {
        switch use.kind {
        case .escape:
            if let function = callee.function { callFromUnknown(function, .lost) }
        case .call:
            guard use.virtualSet == nil else { return }
            let caller = Int(callers[use.call])
            let isBeyond = graph.held[Int(node)].count > Self.boundTargets
            if isBeyond, !graph.openness[Int(node)].contains(.lost) { graph.open(node, .lost) }
            if let function = callee.function, isBeyond {
                callFromUnknown(function, .lost)
            } else if let function = callee.function {
                bind(use.call, caller: caller, callee: function)
            } else {
                surrender(use.call, caller: caller, .outside)
            }
        case .callback, .routine, .exported:
            if let function = callee.function { callFromUnknown(function, .outside) }
        case .later(let name, _):
            guard let function = callee.function else { return }
            callFromUnknown(function, .outside)
            // A function that is not known may hand it on to anything.
            if KnownFunctions.named(name) == nil { graph.put(callee.bits, in: escapeNode) }
        }
    }

    /// A call of more functions than this is one of anything: what it passes is not followed into each of them.
    private static let boundTargets = 192

    private func opened(_ openness: Openness, _ use: Use) {
        guard case .call = use.kind, !openness.isUnderstood else { return }
        surrender(use.call, caller: Int(callers[use.call]), openness)
        guard openness.contains(.lost) else { return }
        assume(use.prototype)
    }

    /// A call may reach all functions of a prototype, or all whose address is taken: they are called with anything.
    private func assume(_ prototype: TypeID) {
        if prototype.isKnown, isTyped {
            guard assumedPrototypes.insert(prototype).inserted else { return }
            for function in takenFunctions where self.prototype(of: function) == prototype {
                callFromUnknown(function, .lost)
            }
        } else if !assumedAny {
            assumedAny = true
            for function in takenFunctions { callFromUnknown(function, .lost) }
        }
    }

    /// A function's arguments may be anything.
    func callFromUnknown(_ function: Int, _ openness: Openness) {
        guard !isCalledFromUnknown[function].isSuperset(of: openness) else { return }
        isCalledFromUnknown[function].formUnion(openness)
        for index in 0..<Self.registers { graph.open(parameter(function, index), openness) }
        for index in 0..<Self.registers + 4 {
            if index >= Self.registers {
                if let node = nodes[.parameter(function: Int32(function), index: Int32(index))] {
                    graph.open(node, openness)
                }
            }
            for slot in slots[Self.slotKey(function, index)] ?? [] {
                graph.open(slot.node, openness)
                graph.connect(written(slot.node), to: escapeNode)
            }
        }
    }

    /// Those that other modules can call.
    func openParameters() {
        for (name, address) in map.binary.exports {
            guard map.binary.isCode(address), let function = callee(named: name)?.function else { continue }
            callFromUnknown(function, .outside)
        }
        openResolved()
        openVirtualFunctions()
        for word in classes.initializers {
            if let function = callee(word.callee)?.function { result.marks[function].insert(.initializer) }
        }
    }

    /// Functions whose address some instruction or word holds.
    var takenFunctions: [Int] {
        if let known = takenList { return known }
        var list: Set<Int> = []
        // The linker's list of initializers alone makes no function one that code may call.
        let started = Set(classes.initializers.compactMap { callee($0.callee)?.function })
        let formed = Set(facts.references.map(\.to))
        for address in map.takenAddresses {
            guard let function = callee(at: address)?.function else { continue }
            if !started.contains(function) || formed.contains(address) { list.insert(function) }
        }
        for word in pointerWords() { if let function = word.callee.function { list.insert(function) } }
        for slot in classes.slots { if let function = callee(slot.callee)?.function { list.insert(function) } }
        let sorted = list.sorted()
        takenList = sorted
        return sorted
    }
}
