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
        let node = facts.paths[path]
        switch node.kind {
        case .field where node.type.isKnown, .address, .parameter, .stack: break
        default: return
        }
        if node.kind == .address, callee(at: UInt64(bitPattern: node.value)) != nil { return }
        // Of a whole structure that others are handed, members are joined with what they store by their names.
        if types.table.structure(types.table.pointee(type)) != nil { return }
        for cell in places(at: path, type: .unknown, in: function).nodes {
            graph.connect(cell, to: escapeNode)
            graph.open(written(cell), .outside)
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
    private func prototype(of pointer: TypeID) -> TypeID {
        let pointee = types.table.pointee(pointer)
        if case .function = types.table.shape(pointee) { return pointee }
        return .unknown
    }

    /// Where in what it points to a pointer's word lies; nil where that says nothing: behind the end of a structure it
    /// depends on what that is part of.
    private func loadOffset(_ load: AccessPath) -> Int64? {
        if types.table.structure(load.type) != nil { return nil }
        return switch facts.paths[load.base].kind {
        case .address, .symbol, .threadLocal, .stack: nil
        case .element: load.value &+ facts.paths[load.base].value
        default: load.value
        }
    }

    // MARK: Of other binaries

    private func external(_ index: Int, caller: Int, name: String) {
        let call = facts.calls[index]
        let arguments = call.arguments
        let result = callsWithResult[call.address] != nil ? node(.result(call.address)) : nil
        guard let known = KnownFunctions.named(name) else {
            if name == "syscall", isWithoutCallback(arguments) {
                for argument in arguments {
                    expose(facts.arguments[argument].path, facts.arguments[argument].type, in: caller)
                }
                if let result { graph.open(result, .outside) }
                return
            }
            for (position, argument) in arguments.enumerated() {
                let value = facts.arguments[argument]
                hand(value.path, in: caller, Use(kind: .later(name, .later), call: index))
                keepSlot(name, position, value.path, in: caller)
                expose(value.path, value.type, in: caller)
                if let structure = types.table.structure(pointed(by: value)) { handMembers(of: structure, name, index) }
            }
            if let result { graph.open(result, .outside) }
            return
        }
        for callback in known.callbacks {
            let kind: Use.Kind =
                switch callback.moment {
                case .now: .callback
                default: .later(name, callback.moment)
                }
            hand(callback.routine, of: index, caller: caller, Use(kind: kind, call: index))
        }
        if let primitive = known.primitive, let routine = primitive.routine {
            let isNow = primitive.operation == .once || primitive.operation == .perform
            hand(routine, of: index, caller: caller, Use(kind: isNow ? .callback : .routine, call: index))
        }
        for (position, argument) in arguments.enumerated() where known.kept.contains(position) {
            escape(sources(of: facts.arguments[argument].path, in: caller))
            expose(facts.arguments[argument].path, facts.arguments[argument].type, in: caller)
        }
        // What goes through a pipe comes back out of it somewhere.
        for (position, argument) in arguments.enumerated()
        where known.filled.contains(position) || known.sent.contains(position) {
            expose(facts.arguments[argument].path, facts.arguments[argument].type, in: caller)
        }
        if let copy = known.copy { copyBytes(copy, arguments, in: caller) }
        guard let result else { return }
        switch known.result {
        case .noPointer, .within: break
        case .unknown, .kept: graph.open(result, .outside)
        case .argument(let position):
            if position < arguments.count {
                flow(facts.arguments[arguments.lowerBound + position].path, in: caller, to: result)
            }
        case .symbol(let position):
            lookUp(
                arguments.count > position ? facts.arguments[arguments.lowerBound + position].path : .unknown, result)
        }
    }

    /// Whether syscall(2) is asked for a call after which the kernel enters no function of the program: any but
    /// rt_sigaction, clone, fork, vfork and clone3 (arch/x86/entry/syscalls/syscall_64.tbl of Linux 6.16).
    private func isWithoutCallback(_ arguments: Range<Int>) -> Bool {
        guard let first = arguments.first else { return false }
        let numbers = facts.paths.alternatives(facts.arguments[first].path).map { facts.paths[$0] }
        return !numbers.isEmpty
            && numbers.allSatisfy { $0.kind == .number && ![13, 56, 57, 58, 435].contains($0.value) }
    }

    /// Watches for functions among a value.
    private func hand(_ path: PathID, in caller: Int, _ use: Use) {
        if isData(path) { return }
        let sources = sources(of: path, in: caller)
        if sources.isEmpty { return }
        var use = use
        if facts.paths[path].kind == .load { use.offset = loadOffset(facts.paths[path]) }
        hand(sources, facts.paths[path].kind == .parameter ? .parameter : .table, use)
    }

    private func hand(_ sources: Sources, _ level: CallGraph.Level, _ use: Use) {
        var use = use
        use.level = level
        use.cells = sources.nodes
        let node = graph.addNodes()
        uses[node] = use
        connect(sources, to: node)
        graph.watch(node)
    }

    /// What is in a structure that a function of somebody else's is handed.
    private func handMembers(of structure: UInt32, _ name: String, _ call: Int, depth: Int = 0) {
        guard depth < 8, handedStructures.insert(structure).inserted, Int(structure) < firstMember.count else { return }
        for (index, member) in types.table.structures[Int(structure)].members.enumerated() {
            if let inner = types.table.structure(member.type) {
                handMembers(of: inner, name, call, depth: depth + 1)
                continue
            }
            var sources = Sources()
            sources.nodes = [firstMember[Int(structure)] + Int32(index)]
            hand(sources, .table, Use(kind: .later(name, .later), call: call))
        }
    }

    private func hand(_ routine: Routine, of call: Int, caller: Int, _ use: Use) {
        let arguments = facts.calls[call].arguments
        func value(_ operand: Operand) -> Sources? {
            switch operand {
            case .argument(let index):
                guard index < arguments.count else { return nil }
                return sources(of: facts.arguments[arguments.lowerBound + index].path, in: caller)
            case .pointee(let index, let offset):
                guard index < arguments.count else { return nil }
                return word(at: facts.arguments[arguments.lowerBound + index], Int64(offset), in: caller)
            default: return nil
            }
        }
        var unknown = Sources()
        unknown.openness = .lost
        var use = use
        switch routine.target {
        case .function(let operand):
            var level = CallGraph.Level.table
            if case .argument(let index) = operand, index < arguments.count {
                let argument = facts.arguments[arguments.lowerBound + index]
                let path = facts.paths[argument.path]
                switch path.kind {
                case .parameter: level = .parameter
                case .address, .symbol: level = .direct
                case .load: use.offset = loadOffset(path)
                default: break
                }
                use.prototype = prototype(of: argument.type)
            }
            hand(value(operand) ?? unknown, level, use)
        case .block(.argument(let index)) where index < arguments.count:
            // The invoke member of clang's block layout.
            hand(word(at: facts.arguments[arguments.lowerBound + index], 16, in: caller), .table, use)
        case .method(_, let slot):
            var sources = Sources()
            sources.callees = threadRoutines(createdBy: caller)
            if sources.callees.isEmpty { sources.openness = .lost }
            use.slotOffset = Int64(slot)
            hand(sources, .classes, use)
        case .swiftClosure(let operand, _): hand(value(operand) ?? unknown, .table, use)
        case .block, .dynamic, .swiftAsync, .notShown: hand(unknown, .table, use)
        }
    }

    /// What is at a pointer plus bytes.
    private func word(at pointer: Value, _ offset: Int64, in function: Int) -> Sources {
        var sources = Sources()
        for path in facts.paths.alternatives(pointer.path) {
            let places = places(near: path, offset, types.table.pointee(pointer.type), in: function)
            sources.nodes += places.nodes
            if places.isLost { sources.openness.insert(.lost) }
        }
        return sources
    }

    /// What std::thread objects run that a function makes; where it names none of their tables, all.
    private func threadRoutines(createdBy function: Int) -> [UInt32] {
        var all: [UInt32] = []
        var own: [UInt32] = []
        for state in classes.threadStates {
            guard let callee = callee(state.run) else { continue }
            all.append(callee.bits)
            guard state.group >= 0, Int(state.group) < classes.groups.count else { continue }
            let references = classes.groups[Int(state.group)].references
            for reference in references where reference >= 0 && Int(reference) < classes.references.count {
                if Int(classes.references[Int(reference)].function) == function {
                    own.append(callee.bits)
                    break
                }
            }
        }
        return own.isEmpty ? all : own
    }

    /// dlsym and its like: functions by their names.
    private func lookUp(_ name: PathID, _ result: Node) {
        var names: [String] = []
        var isConstant = true
        for path in facts.paths.alternatives(name) {
            let node = facts.paths[path]
            if node.kind == .address, let text = text(at: UInt64(bitPattern: node.value)) {
                names.append(text)
            } else {
                isConstant = false
            }
        }
        for name in names {
            if let callee = callee(named: name) { graph.put(callee.bits, in: result) }
            // The next definition (RTLD_NEXT), or that of a library that was opened.
            graph.put(symbol(name).bits, in: result)
        }
        guard !isConstant else { return }
        // Names that are handed down stand among the constants; those that are put together are of other binaries, too.
        graph.open(result, .outside)
        for name in namesInConstants() {
            if let callee = callee(named: name) { graph.put(callee.bits, in: result) }
        }
    }

    /// Exported functions whose names the binary holds as texts.
    private func namesInConstants() -> [String] {
        if let known = lookedUpNames { return known }
        var names: [String] = []
        for section in map.binary.sections where section.name.hasPrefix(".rodata") {
            guard let bytes = map.binary.file.rawBytes(of: section) else { continue }
            for text in bytes.split(separator: 0) where text.count < 512 {
                let name = String(decoding: text, as: UTF8.self)
                if let address = map.binary.exports[name], map.binary.isCode(address) { names.append(name) }
            }
        }
        lookedUpNames = names
        return names
    }

    private func text(at address: UInt64) -> String? {
        guard map.binary.isReadOnly(address), let bytes = map.binary.bytes(at: address) else { return nil }
        let part = bytes.prefix(512)
        guard let end = part.firstIndex(of: 0) else { return nil }
        return String(decoding: part[..<end], as: UTF8.self)
    }
}
