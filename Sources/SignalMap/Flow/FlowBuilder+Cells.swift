extension FlowBuilder {
    /// The cells that an address may be of.
    struct Places {
        var nodes: [Node] = []
        /// There may be others.
        var isLost = false
    }

    /// The cells at an address. `type` is what the address is known to point to, where the path itself does not say.
    func places(at path: PathID, type: TypeID, in function: Int) -> Places {
        var places = Places()
        let node = facts.paths[path]
        switch node.kind {
        case .field:
            add(base: node.base, type: node.type, offset: node.value, in: function, to: &places)
        case .element:
            addElement(node, in: function, to: &places)
        case .alternatives:
            for member in facts.paths.alternatives(path) where member != path {
                let more = self.places(at: member, type: type, in: function)
                places.nodes += more.nodes
                places.isLost = places.isLost || more.isLost
            }
        default:
            add(base: path, type: type, offset: 0, in: function, to: &places)
        }
        return places
    }

    /// The cells that a load reads.
    func places(ofLoad node: AccessPath, in function: Int) -> Places {
        var places = Places()
        let base = facts.paths[node.base]
        if base.kind == .element, !node.type.isKnown || node.value == 0 {
            var element = base
            element.value &+= node.value
            addElement(element, in: function, to: &places)
        } else {
            add(base: node.base, type: node.type, offset: node.value, in: function, to: &places)
        }
        return places
    }

    /// The cells at `offset` of what `base` points to.
    func places(of base: PathID, _ type: TypeID, _ offset: Int64, in function: Int) -> Places {
        var places = Places()
        add(base: base, type: type, offset: offset, in: function, to: &places)
        return places
    }

    /// `base` points to a `type`: the cells at `offset` of that.
    private func add(base: PathID, type: TypeID, offset: Int64, in function: Int, to places: inout Places) {
        let node = facts.paths[base]
        // The root says which cell it is, better than any type.
        switch node.kind {
        case .address:
            addVariable(UInt64(bitPattern: node.value &+ offset), to: &places)
            return
        case .symbol:
            let name = facts.paths.symbols[Int(node.base.index)]
            let sum = node.value &+ offset
            if let address = definitions[Int(node.base.index)] {
                addVariable(address &+ UInt64(bitPattern: sum), to: &places)
            } else {
                places.nodes.append(self.node(.symbol(name, sum)))
            }
            return
        case .threadLocal:
            places.nodes.append(self.node(.threadLocal(node.value &+ offset)))
            return
        default: break
        }
        if addMembers(of: type, at: offset, to: &places) {
            // A structure of the frame may be read by its place as well.
            if node.kind == .stack { addStack(function, node.value &+ offset, to: &places) }
            return
        }
        // Behind the end of what is declared lies what a structure is part of.
        if types.table.structure(type) != nil { places.isLost = true }
        switch node.kind {
        // Without types all memory would become one cell by way of such slots.
        case .parameter where isTyped:
            places.nodes.append(slot(of: function, argument: Int(clamping: node.value), offset: offset))
        case .stack:
            // Others may write it as part of something with a type.
            addStack(function, node.value &+ offset, to: &places)
            places.isLost = true
        case .field where !type.isKnown:
            // The base is a place within something that is known.
            if node.type.isKnown {
                if !addMembers(of: node.type, at: node.value &+ offset, to: &places) { places.isLost = true }
            } else {
                add(base: node.base, type: node.type, offset: node.value &+ offset, in: function, to: &places)
            }
        case .alternatives:
            for member in facts.paths.alternatives(base) {
                add(base: member, type: type, offset: offset, in: function, to: &places)
            }
        case .load:
            for type in learnedTypes(of: node, in: function)
            where !addMembers(of: type, at: offset, to: &places) { places.isLost = true }
            if places.nodes.isEmpty { places.isLost = true }
        default:
            places.isLost = true
        }
    }

    private func addStack(_ function: Int, _ offset: Int64, to places: inout Places) {
        places.nodes.append(stackWord(function, offset))
    }

    /// Whether the members there are known.
    private func addMembers(of type: TypeID, at offset: Int64, to places: inout Places) -> Bool {
        guard type.isKnown, offset >= 0, types.table.structure(type) != nil else { return false }
        let leaf = types.table.leaf(at: UInt64(offset), in: type)
        var isKnown = false
        for member in leaf.members {
            if let node = node(member) {
                places.nodes.append(node)
                isKnown = true
            }
        }
        return isKnown
    }

    /// The cell of a word at a fixed address: a member of a variable of a structure's type, or a cell of its own.
    func addVariable(_ address: UInt64, to places: inout Places) {
        guard let (global, distance) = types.global(holding: address) else {
            places.nodes.append(variable(.variable(address), address))
            return
        }
        let (type, offset) = element(at: distance, in: global.type)
        if case .structure = types.table.shape(type) {
            if addMembers(of: type, at: Int64(clamping: offset), to: &places) { return }
            places.nodes.append(variable(.variable(address), address))
        } else if type == global.type {
            places.nodes.append(variable(.variable(address), address))
        } else {
            places.nodes.append(variable(.region(global.address), address))
        }
    }

    /// The cell of a variable; others write it, too, where other modules see it.
    private func variable(_ key: CellKey, _ address: UInt64) -> Node {
        if let node = nodes[key] { return node }
        let node = self.node(key)
        if !isConstant(address), exportedVariable(holding: address) != nil { graph.open(node, .outside) }
        return node
    }

    private func addElement(_ element: AccessPath, in function: Int, to places: inout Places) {
        let base = facts.paths[element.base]
        var address: UInt64?
        switch base.kind {
        case .address: address = UInt64(bitPattern: base.value)
        case .symbol: address = definitions[Int(base.base.index)].map { $0 &+ UInt64(bitPattern: base.value) }
        default: break
        }
        if types.table.structure(element.type) != nil, element.value >= 0 {
            let size = Int64(clamping: types.table.size(of: element.type))
            let offset = size > 0 ? element.value % size : element.value
            if addMembers(of: element.type, at: offset, to: &places) {
                // The index may count bytes within one structure, as where a method is chosen by its offset.
                if !isArray(base, at: address) { places.isLost = true }
                return
            }
        }
        guard let address else {
            // An array in a structure is one member.
            if base.kind == .field, base.type.isKnown,
                addMembers(of: base.type, at: base.value, to: &places)
            {
                return
            }
            places.isLost = true
            return
        }
        if let (global, distance) = types.global(holding: address),
            case .array(let inner, _) = types.table.shape(global.type)
        {
            if types.table.structure(inner) == nil {
                places.nodes.append(node(.region(global.address)))
            } else {
                addVariable(global.address &+ distance, to: &places)
            }
            return
        }
        addRun(from: address &+ UInt64(bitPattern: element.value), to: &places)
        places.isLost = true
    }

    /// Whether something is declared as an array.
    private func isArray(_ base: AccessPath, at address: UInt64?) -> Bool {
        if let address, let (global, _) = types.global(holding: address) {
            if case .array = types.table.shape(global.type) { return true }
            return false
        }
        guard base.kind == .field, base.type.isKnown, base.value >= 0 else { return false }
        return types.table.leaf(at: UInt64(base.value), in: base.type).members.contains { key in
            if case .array = types.table.shape(types.table.structures[Int(key.structure)].members[Int(key.member)].type)
            {
                return true
            }
            return false
        }
    }

    /// The pointers that lie one behind the other from an address on.
    func addRun(from address: UInt64, to places: inout Places) {
        var word = address
        for _ in 0..<1024 {
            guard map.binary.pointers[word] != nil else { break }
            places.nodes.append(node(.variable(word)))
            word &+= 8
        }
    }

    /// What an argument of a function points to, plus bytes: as the function reads it.
    func slot(of function: Int, argument: Int, offset: Int64) -> Node {
        let key = CellKey.slot(function: Int32(function), index: Int32(argument), offset: offset)
        if let node = nodes[key] { return node }
        let node = self.node(key)
        let output = graph.addNodes()
        outputs[node] = output
        graph.connect(output, to: node)
        let place = Self.slotKey(function, argument)
        slots[place, default: []].append((offset, node))
        if slots[place]?.count ?? 0 > Self.slotLimit {
            // A pointer that is moved on from call to call.
            lose(node)
        } else {
            newSlots.append(NewSlot(function: function, argument: argument, offset: offset, node: node))
        }
        let openness = isCalledFromUnknown[function]
        if !openness.isEmpty {
            graph.open(node, openness)
            graph.connect(output, to: escapeNode)
        }
        return node
    }

    /// Where what is stored in a cell goes: what a function writes through a pointer gets to its callers' cells, but
    /// what it reads from one caller's does not get into another's.
    func written(_ cell: Node) -> Node { outputs[cell] ?? cell }

    struct NewSlot {
        var function: Int
        var argument: Int
        var offset: Int64
        var node: Node
    }

    /// More words behind one pointer argument are not told apart.
    private static let slotLimit = 64

    static func slotKey(_ function: Int, _ argument: Int) -> UInt64 {
        UInt64(UInt32(truncatingIfNeeded: function)) << 32 | UInt64(UInt32(truncatingIfNeeded: argument))
    }

    // MARK: Members without a type

    /// What a pointer that is kept without a type is used as.
    private func learnedTypes(of load: AccessPath, in function: Int) -> [TypeID] {
        guard !learned.isEmpty else { return [] }
        var types: [TypeID] = []
        guard load.type.isKnown, load.value >= 0 else { return [] }
        for member in self.types.table.leaf(at: UInt64(load.value), in: load.type).members {
            if let node = node(member) { types += learned[node] ?? [] }
        }
        return types
    }

    /// Learns what members without a type point to, from typed variables that their values live in.
    func learnTypes() {
        guard isTyped else { return }
        func look(_ value: Value) {
            guard value.type.isKnown, types.table.structure(types.table.pointee(value.type)) != nil else { return }
            let load = facts.paths[value.path]
            guard load.kind == .load, load.type.isKnown, load.value >= 0 else { return }
            let leaf = types.table.leaf(at: UInt64(load.value), in: load.type)
            switch types.table.shape(types.table.pointee(leaf.type)) {
            case .unknown, .void, .integer: break
            default: return
            }
            let type = types.table.pointee(value.type)
            for member in leaf.members {
                guard let node = node(member) else { continue }
                if learned[node]?.contains(type) != true { learned[node, default: []].append(type) }
            }
        }
        for argument in facts.arguments { look(argument) }
        for store in facts.stores { look(store.value) }
        for value in facts.returned { look(value) }
    }
}
