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

    /// All pairs of a caller's memory and the callee's view of it are made the same cell.
    func passPointers() {
        var position = 0
        var rounds = 0
        // Binding makes slots of callers, which their own callers bind in the next round.
        while !slots.isEmpty, rounds < 6 {
            let before = nodes.count
            position = 0
            while position < passes.count {
                passPointers(passes[position])
                position += 1
            }
            rounds += 1
            if nodes.count == before { return }
        }
        guard rounds > 0 else { return }
        // Pointers are handed down a long way, or round and round: what is behind the last ones is not followed.
        for (key, stretch) in slots where stretch.count > Self.slotLimit {
            for slot in stretch { lose(slot.node) }
            slots[key] = stretch
        }
    }

    private static let slotLimit = 64

    private func passPointers(_ pass: (call: Int, caller: Int, callee: Int)) {
        for (index, argument) in facts.calls[pass.call].arguments.enumerated() {
            guard let stretch = slots[Self.slotKey(pass.callee, index)] else { continue }
            let value = facts.arguments[argument]
            for (offset, slot) in stretch.prefix(Self.slotLimit) {
                bind(slot, to: value, offset, in: pass.caller)
            }
        }
    }

    /// A callee's slot is what the caller's pointer points to.
    func bind(_ slot: Node, to pointer: Value, _ offset: Int64, in caller: Int) {
        for path in facts.paths.alternatives(pointer.path) {
            if facts.paths[path].kind == .number { continue }
            let places = places(near: path, offset, types.table.pointee(pointer.type), in: caller)
            for cell in places.nodes { graph.join(cell, slot) }
            if places.isLost { lose(slot) }
        }
    }

    /// Memory that others may read and write.
    func lose(_ node: Node) {
        graph.connect(node, to: escapeNode)
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
                byteSources.insert(
                    Self.slotKey(function, index(facts.paths[facts.paths.root(path)].value)))
            case .opaque, .unknown:
                // A pointer that a loop moves: any of the arguments.
                if types.table.structure(store.type) == nil, store.width == 1 {
                    for index in 0..<Self.registers { byteSources.insert(Self.slotKey(function, index)) }
                }
            default: break
            }
        }
    }

    /// What functions that copy bytes are handed escapes.
    func passBytes() {
        var open = Array(byteSources)
        var passesByCallee: [Int: [Int]] = [:]
        for (index, pass) in passes.enumerated() { passesByCallee[pass.callee, default: []].append(index) }
        while let key = open.popLast() {
            let function = Int(key >> 32)
            let argument = Int(key & 0xffff_ffff)
            for index in passesByCallee[function] ?? [] {
                let pass = passes[index]
                let arguments = facts.calls[pass.call].arguments
                guard argument < arguments.count else { continue }
                let value = facts.arguments[arguments.lowerBound + argument]
                for path in facts.paths.alternatives(value.path) where facts.paths[path].kind == .parameter {
                    let key = Self.slotKey(pass.caller, self.index(facts.paths[path].value))
                    if byteSources.insert(key).inserted { open.append(key) }
                }
                escapeContents(of: value, in: pass.caller)
            }
        }
    }

    /// A function of somebody else's copies bytes: those of one type are copied member to member, which changes nothing
    /// where members are cells; others escape.
    func copyBytes(_ copy: KnownFunction.ByteCopy, _ arguments: Range<Int>, in function: Int) {
        guard case .argument(let source) = copy.source, source < arguments.count else { return }
        let from = facts.arguments[arguments.lowerBound + source]
        if case .argument(let destination) = copy.destination, destination < arguments.count {
            let to = facts.arguments[arguments.lowerBound + destination]
            let structure = types.table.structure(pointed(by: to))
            if structure != nil, structure == types.table.structure(pointed(by: from)) { return }
            for path in facts.paths.alternatives(to.path) {
                for cell in places(near: path, 0, .unknown, in: function).nodes { graph.open(cell, .lost) }
            }
        }
        for path in facts.paths.alternatives(from.path) where facts.paths[path].kind == .parameter {
            byteSources.insert(Self.slotKey(function, index(facts.paths[path].value)))
        }
        escapeContents(of: from, in: function)
    }

    /// What a pointer points to, by its own type or that of the variable whose address it is.
    private func pointed(by value: Value) -> TypeID {
        let type = types.table.pointee(value.type)
        if types.table.structure(type) != nil { return type }
        let node = facts.paths[value.path]
        switch node.kind {
        case .address:
            guard let (global, offset) = types.global(holding: UInt64(bitPattern: node.value)) else { return .unknown }
            if offset == 0 { return global.type }
            return types.table.nested(at: offset, in: global.type)
        case .field where node.type.isKnown && node.value >= 0:
            return types.table.nested(at: UInt64(node.value), in: node.type)
        default: return .unknown
        }
    }

    /// All functions that are in what a pointer points to go where nobody follows.
    private func escapeContents(of value: Value, in function: Int) {
        let type = pointed(by: value)
        if let structure = types.table.structure(type) {
            escapeMembers(of: structure, depth: 0)
            return
        }
        for path in facts.paths.alternatives(value.path) {
            let node = facts.paths[path]
            if node.kind == .stack {
                frames.insert(FrameWord(function: Int32(function), offset: node.value))
                continue
            }
            for cell in places(near: path, 0, .unknown, in: function).nodes { graph.connect(cell, to: escapeNode) }
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

    /// Words of frames whose bytes were copied: all that lie from there on upwards.
    func escapeFrames() {
        guard !frames.isEmpty else { return }
        var lowest: [Int32: Int64] = [:]
        for word in frames { lowest[word.function] = min(lowest[word.function] ?? .max, word.offset) }
        for (key, node) in nodes {
            if case .stack(let function, let offset) = key, let low = lowest[function], offset >= low {
                graph.connect(node, to: escapeNode)
            }
        }
    }

    struct FrameWord: Hashable {
        var function: Int32
        var offset: Int64
    }
}
