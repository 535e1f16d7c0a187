/// Memory that functions are handed pointers to.
extension FlowBuilder {
    /// The cells at a pointer plus bytes; `type` is what it points to where its path does not say.
    func places(near path: PathID, _ offset: Int64, _ type: TypeID, in function: Int) -> Places {
        let node = facts.paths[path]
        if node.kind == .field, !type.isKnown || offset == 0 && types.table.structure(type) == nil {
            return places(of: node.base, node.type, node.value &+ offset, in: function)
        }
        return places(of: path, type, offset, in: function)
    }

    /// A caller's memory and the callee's view of it are made the same cell. Binding makes slots of callers, too.
    func passPointers() {
        while let slot = newSlots.popLast() {
            for index in passesOf[slot.function] {
                let pass = passes[Int(index)]
                let arguments = facts.calls[pass.call].arguments
                if slot.argument < arguments.count {
                    let value = facts.arguments[arguments.lowerBound + slot.argument]
                    bind(slot.node, to: value, slot.offset, in: pass.caller)
                } else {
                    lose(slot.node)
                }
            }
        }
    }

    /// One more call of a function, by the place of the pass.
    func addPass(_ call: Int, caller: Int, callee: Int) {
        passesOf[callee].append(Int32(passes.count))
        passes.append((call, caller, callee))
        let arguments = facts.calls[call].arguments
        if let count = stackArguments[callee], count > arguments.count {
            for index in max(arguments.count, Self.registers)..<count {
                if let node = nodes[.parameter(function: Int32(callee), index: Int32(index))] {
                    graph.open(node, .lost)
                }
            }
        }
        for index in arguments.indices {
            let key = Self.slotKey(callee, index - arguments.lowerBound)
            if byteSources.contains(key) { passBytes(key, (call, caller, callee)) }
        }
        for index in 0..<max(arguments.count, stackArguments[callee] ?? 0) {
            for (offset, slot) in slots[Self.slotKey(callee, index)] ?? [] {
                if index < arguments.count {
                    bind(slot, to: facts.arguments[arguments.lowerBound + index], offset, in: caller)
                } else {
                    lose(slot)
                }
            }
        }
    }

    /// A callee's slot is what the caller's pointer points to.
    func bind(_ slot: Node, to pointer: Value, _ offset: Int64, in caller: Int) {
        for path in facts.paths.alternatives(pointer.path) {
            if facts.paths[path].kind == .number { continue }
            let places = places(near: path, offset, types.table.pointee(pointer.type), in: caller)
            for cell in places.nodes {
                graph.connect(cell, to: slot)
                graph.connect(written(slot), to: written(cell))
            }
            if places.isLost { lose(slot) }
        }
    }

    /// Memory that others may read and write.
    func lose(_ node: Node) {
        graph.connect(written(node), to: escapeNode)
        graph.open(node, .lost)
    }

    // MARK: Bytes

    /// A store of less than a pointer: bytes of one that is copied in pieces, if they come from where pointers may be.
    func noteBytes(_ store: CodeFacts.Store, in function: Int) {
        guard store.width <= 4 else { return }
        for path in facts.paths.alternatives(store.value.path) {
            let load = facts.paths[path]
            guard load.kind == .load, types.table.structure(load.type) == nil else { continue }
            switch facts.paths[facts.paths.root(path)].kind {
            case .parameter where facts.paths[load.base].kind != .load:
                addByteSource(Self.slotKey(function, index(facts.paths[facts.paths.root(path)].value)))
            case .opaque, .unknown:
                // A pointer that a loop moves: any of the arguments.
                if types.table.structure(store.type) == nil, store.width == 1 {
                    for index in 0..<Self.registers { addByteSource(Self.slotKey(function, index)) }
                }
            default: break
            }
        }
    }

    private func addByteSource(_ key: UInt64) {
        // What is known to be a structure is not read byte by byte.
        let argument = Int(key & 0xffff_ffff)
        let registers = types.functions[map.start(of: Int(key >> 32))]?.registers ?? []
        if argument < registers.count, types.table.structure(types.table.pointee(registers[argument])) != nil { return }
        if byteSources.insert(key).inserted { newByteSources.append(key) }
    }

    /// What functions that copy bytes are handed escapes.
    func passBytes() {
        while let key = newByteSources.popLast() {
            for index in passesOf[Int(key >> 32)] { passBytes(key, passes[Int(index)]) }
        }
    }

    private func passBytes(_ key: UInt64, _ pass: (call: Int, caller: Int, callee: Int)) {
        let argument = Int(key & 0xffff_ffff)
        let arguments = facts.calls[pass.call].arguments
        guard argument < arguments.count else { return }
        let value = facts.arguments[arguments.lowerBound + argument]
        for path in facts.paths.alternatives(value.path) where facts.paths[path].kind == .parameter {
            addByteSource(Self.slotKey(pass.caller, index(facts.paths[path].value)))
        }
        escapeContents(of: value, in: pass.caller)
    }

    /// A function of somebody else's copies bytes: those of one type are copied member to member, which changes nothing
    /// where members are cells; others escape.
    func copyBytes(_ copy: KnownFunction.ByteCopy, _ arguments: Range<Int>, in function: Int) {
        guard case .argument(let source) = copy.source, source < arguments.count else { return }
        let from = facts.arguments[arguments.lowerBound + source]
        if case .argument(let destination) = copy.destination, destination < arguments.count {
            let to = facts.arguments[arguments.lowerBound + destination]
            let structure = types.table.structure(types.pointed(by: to, facts.paths))
            if structure != nil, structure == types.table.structure(types.pointed(by: from, facts.paths)) { return }
            for path in facts.paths.alternatives(to.path) {
                for cell in places(near: path, 0, .unknown, in: function).nodes { graph.open(written(cell), .lost) }
            }
        }
        for path in facts.paths.alternatives(from.path) where facts.paths[path].kind == .parameter {
            addByteSource(Self.slotKey(function, index(facts.paths[path].value)))
        }
        escapeContents(of: from, in: function)
    }

    /// All functions that are in what a pointer points to go where nobody follows.
    private func escapeContents(of value: Value, in function: Int) {
        let type = types.pointed(by: value, facts.paths)
        if let structure = types.table.structure(type) {
            escapeMembers(of: structure, depth: 0)
            return
        }
        for path in facts.paths.alternatives(value.path) {
            let node = facts.paths[path]
            if node.kind == .stack {
                escapeFrame(of: Int32(function), from: node.value)
                continue
            }
            var places = places(near: path, 0, .unknown, in: function)
            if node.kind == .address { addRun(from: UInt64(bitPattern: node.value), to: &places) }
            for cell in places.nodes { graph.connect(cell, to: escapeNode) }
        }
    }

    private func escapeMembers(of structure: UInt32, depth: Int) {
        guard escapedStructures.insert(structure).inserted, depth < 8, Int(structure) < firstMember.count else {
            return
        }
        for (index, member) in types.table.structures[Int(structure)].members.enumerated() {
            graph.connect(firstMember[Int(structure)] + Int32(index), to: escapeNode)
            if let inner = types.table.structure(member.type) { escapeMembers(of: inner, depth: depth + 1) }
        }
    }

    /// The bytes of a frame are copied: all words from there on upwards.
    private func escapeFrame(of function: Int32, from offset: Int64) {
        guard frames[function] ?? .max > offset else { return }
        frames[function] = offset
        for word in stackWords[function] ?? [] where word.offset >= offset { graph.connect(word.node, to: escapeNode) }
    }

    /// The cell of a word of a frame.
    func stackWord(_ function: Int, _ offset: Int64) -> Node {
        let key = CellKey.stack(function: Int32(function), offset: offset)
        if let node = nodes[key] { return node }
        let node = self.node(key)
        stackWords[Int32(function), default: []].append((offset, node))
        if let low = frames[Int32(function)], offset >= low { graph.connect(node, to: escapeNode) }
        return node
    }
}
