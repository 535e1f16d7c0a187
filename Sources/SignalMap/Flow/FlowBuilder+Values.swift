extension FlowBuilder {
    /// Where a value may come from.
    struct Sources {
        var callees: [UInt32] = []
        var nodes: [Node] = []
        var openness: Openness = []
        /// Nothing but data or numbers: no function comes this way.
        var isEmpty: Bool { callees.isEmpty && nodes.isEmpty && openness.isEmpty }
    }

    func sources(of path: PathID, in function: Int) -> Sources {
        var sources = Sources()
        add(path, in: function, to: &sources)
        return sources
    }

    private func add(_ path: PathID, in function: Int, to sources: inout Sources) {
        let node = facts.paths[path]
        switch node.kind {
        case .address:
            if let callee = callee(at: UInt64(bitPattern: node.value)) {
                sources.callees.append(callee.bits)
            } else if let resolver = resolver(ofStub: UInt64(bitPattern: node.value)) {
                sources.nodes.append(returned(resolver))
            }
        case .symbol:
            let name = facts.paths.symbols[Int(node.base.index)]
            // Whether it is a function is for its own binary to say.
            if node.value == 0, let callee = callee(named: name) { sources.callees.append(callee.bits) }
        case .parameter:
            sources.nodes.append(parameter(function, index(node.value)))
        case .load:
            addLoad(node, in: function, to: &sources)
        case .result:
            sources.nodes.append(self.node(.result(UInt64(bitPattern: node.value))))
        case .alternatives:
            for member in facts.paths.alternatives(path) where member != path {
                add(member, in: function, to: &sources)
            }
        case .derived:
            // A pointer with marks in its low bits, or coded in some other way.
            for member in facts.paths.sets[Int(node.base.index)] { add(member, in: function, to: &sources) }
            sources.openness.insert(.lost)
        case .unknown, .opaque:
            sources.openness.insert(.lost)
        default: break
        }
    }

    private func addLoad(_ node: AccessPath, in function: Int, to sources: inout Sources) {
        let base = facts.paths[node.base]
        if base.kind == .address, let pointer = fixedPointer(UInt64(bitPattern: base.value &+ node.value)) {
            if let callee = callee(of: pointer) { sources.callees.append(callee.bits) }
            if let resolver = resolver(of: pointer) { sources.nodes.append(returned(resolver)) }
            return
        }
        let places = places(ofLoad: node, in: function)
        sources.nodes += places.nodes
        sources.openness.insert(places.isLost ? [.lost, .kept] : .kept)
    }

    /// What a word holds that nobody writes once the program runs.
    private func fixedPointer(_ address: UInt64) -> BinaryFile.Pointer? {
        guard let pointer = map.binary.pointers[address], isConstant(address) else { return nil }
        return pointer
    }

    /// An argument's number within the bounds of what functions have.
    func index(_ value: Int64) -> Int { min(max(Int(clamping: value), 0), 255) }

    func connect(_ sources: Sources, to node: Node) {
        for callee in sources.callees { graph.put(callee, in: node) }
        for source in sources.nodes { graph.connect(source, to: node) }
        if !sources.openness.isEmpty { graph.open(node, sources.openness) }
    }

    /// A value gets into a node.
    func flow(_ path: PathID, in function: Int, to node: Node) {
        if isData(path) { return }
        connect(sources(of: path, in: function), to: node)
    }

    /// A quick look: most values are numbers or addresses of data.
    func isData(_ path: PathID) -> Bool {
        switch facts.paths[path].kind {
        case .number, .stack, .field, .element, .threadLocal: true
        default: false
        }
    }

    // MARK: All of the code

    /// Functions in data that is there from the start.
    func flowOfData() {
        flowOfResolvedWords()
        for word in pointerWords() {
            var places = Places()
            addVariable(word.place, to: &places)
            for node in places.nodes { graph.put(word.callee.bits, in: node) }
            if let offset = word.offset {
                byOffset[offset, default: []].insert(word.callee.bits)
            } else {
                unplaced.insert(word.callee.bits)
            }
        }
    }

    func flowOfStores() {
        for (function, stretch) in facts.functions.enumerated() {
            for index in stretch.stores {
                let store = facts.stores[index]
                if isData(store.value.path) { continue }
                let sources = sources(of: store.value.path, in: function)
                if sources.isEmpty { continue }
                if store.width < 8 {
                    noteBytes(store, in: function)
                    continue
                }
                let places = places(at: store.place, type: store.type, in: function)
                for node in places.nodes {
                    var sources = sources
                    if store.how == .modify { sources.openness.insert(.lost) }
                    connect(sources, to: written(node))
                }
                note(store, sources, in: function)
                // Frames are written down only where their address is given away.
                if isFrame(store.place, store.type) || places.isLost && !isAtOffset(store.place) { escape(sources) }
            }
            for index in stretch.returns {
                flow(facts.returned[index].path, in: function, to: returned(function))
            }
        }
    }

    /// Values whose way is not followed any further.
    func escape(_ sources: Sources) {
        for callee in sources.callees { graph.put(callee, in: escapeNode) }
        for node in sources.nodes { graph.connect(node, to: escapeNode) }
    }

    /// Keeps at which offset functions are stored, whatever into.
    private func note(_ store: CodeFacts.Store, _ sources: Sources, in function: Int) {
        guard !sources.callees.isEmpty else { return }
        let place = facts.paths[store.place]
        let offset = place.kind == .field || place.kind == .element ? place.value : 0
        for callee in sources.callees { byOffset[offset, default: []].insert(callee) }
    }

    /// Without types an offset is all that is known of most places: those are told apart by it, and calls through them are
    /// open.
    private func isAtOffset(_ place: PathID) -> Bool {
        !isTyped && facts.paths[place].kind == .field
    }

    /// A word of the frame that is no member of a structure, which whoever reads it would know it by.
    private func isFrame(_ place: PathID, _ type: TypeID) -> Bool {
        let node = facts.paths[place]
        switch node.kind {
        case .stack: return types.table.structure(type) == nil
        case .field: return facts.paths[node.base].kind == .stack && types.table.structure(node.type) == nil
        default: return false
        }
    }

    /// Functions whose address an instruction forms without any fact that tells what became of it.
    func flowOfReferences() {
        var told: Set<UInt64> = []
        func tell(_ path: PathID) {
            let node = facts.paths[path]
            switch node.kind {
            case .address: told.insert(UInt64(bitPattern: node.value))
            case .alternatives, .derived: for member in facts.paths.sets[Int(node.base.index)] { tell(member) }
            default: break
            }
        }
        for stretch in facts.functions where !stretch.references.isEmpty {
            told.removeAll(keepingCapacity: true)
            for index in stretch.calls {
                for argument in facts.calls[index].arguments { tell(facts.arguments[argument].path) }
                if case .indirect(let value) = facts.calls[index].target { tell(value.path) }
            }
            for index in stretch.stores where facts.stores[index].width == 8 { tell(facts.stores[index].value.path) }
            for index in stretch.returns { tell(facts.returned[index].path) }
            for index in stretch.references
            where !told.contains(facts.references[index].to) && !isStub(facts.references[index].at) {
                if let callee = callee(at: facts.references[index].to) { graph.put(callee.bits, in: escapeNode) }
            }
        }
    }
}
