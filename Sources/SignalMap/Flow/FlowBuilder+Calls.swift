extension FlowBuilder {
    /// What becomes of functions that arrive at a node.
    struct Use {
        enum Kind {
            /// Nobody follows them any further.
            case escape
            /// The call calls them.
            case call
            /// The callee of the call calls them before it returns.
            case callback
            /// Somebody calls them later.
            case later(String, KnownFunction.Callback.Moment)
            /// Other modules call them by a name.
            case exported
            /// The call creates a thread that begins with them, or submits them as work.
            case routine
        }
        var kind: Kind
        /// Into the facts' calls; -1 of the escape node.
        var call = -1
        /// Level of what is known to arrive.
        var level = CallGraph.Level.table
        /// Where the pointer comes from.
        var cells: [Node] = []
        /// Of a virtual call.
        var slotOffset: Int64?
        /// Bytes from what an untyped pointer points to.
        var offset: Int64?
        var prototype = TypeID.unknown
        /// The class of an object whose table the call may go through, of which debug information has the name alone.
        var declaredClass: String?
        /// It is what a resolver returns, which no memory holds that others could write.
        var isResolved = false
        /// What each target is passed was bound already for a set as a whole.
        var virtualSet: Int32?
    }

    func flowOfCalls() {
        for node in facts.paths.nodes where node.kind == .result {
            callsWithResult[UInt64(bitPattern: node.value)] = -1
        }
        for (index, call) in facts.calls.enumerated() where callsWithResult[call.address] != nil {
            callsWithResult[call.address] = index
        }
        for (address, call) in callsWithResult where call < 0 {
            // A call that is no fact: a jump table's, or code that was cut.
            graph.open(node(.result(address)), .lost)
        }
        for index in facts.calls.indices {
            let caller = Int(callers[index])
            guard caller >= 0, !isStub(facts.calls[index].address) else { continue }
            switch facts.calls[index].target {
            case .direct(.function(let callee)): bind(index, caller: caller, callee: callee)
            case .direct(.symbol(let name)):
                if case .some(let callee) = callee(named: name), let function = callee.function {
                    bind(index, caller: caller, callee: function)
                } else {
                    external(index, caller: caller, name: name)
                }
            case .direct(let target):
                if let resolver = resolver(of: target) {
                    callResolved(index, by: resolver)
                } else {
                    surrender(index, caller: caller, .lost)
                }
            case .indirect(let value): indirect(index, caller: caller, value)
            case .system:
                for argument in facts.calls[index].arguments {
                    escape(sources(of: facts.arguments[argument].path, in: caller))
                }
            }
        }
        openParameters()
    }

    /// Procedure linkage tables are seen through: as functions they would hand everything to everybody.
    func isStub(_ address: UInt64) -> Bool {
        stubs.contains { address >= $0.address && address - $0.address < $0.size }
    }

    /// A call of a function of this binary: arguments flow to parameters and the result back.
    func bind(_ call: Int, caller: Int, callee: Int) {
        let arguments = facts.calls[call].arguments
        let isVariadic = variadicFrom(callee)
        // Registers that the callee takes nothing in hold leftovers.
        let taken = isVariadic == nil ? types.functions[map.start(of: callee)]?.registers.count : nil
        for (index, argument) in arguments.enumerated() {
            if let taken, index >= taken, index < Self.registers { continue }
            let path = facts.arguments[argument].path
            if isData(path) { continue }
            if let first = isVariadic, index >= first {
                escape(sources(of: path, in: caller))
            } else {
                flow(path, in: caller, to: parameter(callee, index))
            }
        }
        addPass(call, caller: caller, callee: callee)
        if callsWithResult[facts.calls[call].address] != nil {
            graph.connect(returned(callee), to: node(.result(facts.calls[call].address)))
        }
    }

    /// The first argument that a variadic function does not name; nil of others.
    private func variadicFrom(_ function: Int) -> Int? {
        guard let type = prototype(of: function), case .function(let index) = types.table.shape(type),
            Int(index) < types.table.prototypes.count, types.table.prototypes[Int(index)].isVariadic
        else { return nil }
        return types.table.prototypes[Int(index)].parameters.count
    }

    /// A call of what is not known: what it is passed goes where nobody follows.
    func surrender(_ call: Int, caller: Int, _ openness: Openness) {
        for argument in facts.calls[call].arguments {
            let path = facts.arguments[argument].path
            escape(sources(of: path, in: caller))
            expose(path, facts.arguments[argument].type, in: caller)
        }
        if callsWithResult[facts.calls[call].address] != nil {
            graph.open(node(.result(facts.calls[call].address)), openness)
        }
    }

    /// The address of a cell that holds functions is known to code that is not: what it holds gets out, and others in.
    func expose(_ path: PathID, _ type: TypeID, in function: Int) {
        // Of a whole structure that others are handed, members are joined with what they store by their names.
        if types.table.structure(types.table.pointee(type)) != nil { return }
        for path in facts.paths.alternatives(path) {
            let node = facts.paths[path]
            switch node.kind {
            case .field where node.type.isKnown, .address, .symbol, .threadLocal, .element, .parameter, .stack: break
            default: continue
            }
            if node.kind == .address, callee(at: UInt64(bitPattern: node.value)) != nil { continue }
            for cell in places(at: path, type: .unknown, in: function).nodes {
                graph.connect(cell, to: escapeNode)
                graph.open(written(cell), .outside)
            }
        }
    }

    // MARK: Through a value

    private func indirect(_ index: Int, caller: Int, _ value: Value) {
        var use = Use(kind: .call, call: index)
        use.prototype = prototype(of: value.type)
        let target = graph.addNodes()
        let path = facts.paths[value.path]
        let sources = sources(of: value.path, in: caller)
        use.cells = sources.nodes
        switch path.kind {
        case .parameter: use.level = .parameter
        case .address, .symbol: use.level = .direct
        default: use.level = .table
        }
        if path.kind == .load { use.offset = loadOffset(path) }
        if let virtual = virtualCall(path) {
            use.slotOffset = path.value
            use.level = .classes
            use.virtualSet = virtual
            // The member that holds the table's pointer, which is of the class.
            use.cells = places(ofLoad: facts.paths[path.base], in: caller).nodes
            passVirtually(index, caller: caller, set: virtual)
            uses[target] = use
            graph.watch(target)
            return
        }
        if let name = declaredClass(path) {
            use.declaredClass = name
            use.slotOffset = path.value
        }
        uses[target] = use
        connect(sources, to: target)
        graph.watch(target)
    }

    /// What a pointer to functions points to.
    func prototype(of pointer: TypeID) -> TypeID {
        let pointee = types.table.pointee(pointer)
        if case .function = types.table.shape(pointee) { return pointee }
        return .unknown
    }

    /// Where in what it points to a pointer's word lies; nil where that says nothing: behind the end of a structure it
    /// depends on what that is part of.
    func loadOffset(_ load: AccessPath) -> Int64? {
        if types.table.structure(load.type) != nil { return nil }
        return switch facts.paths[load.base].kind {
        case .address, .symbol, .threadLocal, .stack: nil
        case .element: load.value &+ facts.paths[load.base].value
        default: load.value
        }
    }
}
