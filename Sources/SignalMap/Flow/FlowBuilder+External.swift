// Calls of functions that other binaries define, and what is handed to them.
extension FlowBuilder {
    func external(_ index: Int, caller: Int, name: String) {
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
                if let structure = types.table.structure(types.pointed(by: value, facts.paths)) {
                    handMembers(of: structure, name, index)
                }
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

    /// What is in a structure that a function of somebody else's is handed: it may call it, and store other functions.
    private func handMembers(of structure: UInt32, _ name: String, _ call: Int) {
        types.table.walk(structure) { structure in
            guard Int(structure) < firstMember.count, handedStructures.insert(structure).inserted else { return false }
            for (index, member) in types.table.structures[Int(structure)].members.enumerated() {
                var sources = Sources()
                sources.nodes = [firstMember[Int(structure)] + Int32(index)]
                graph.open(sources.nodes[0], .handed)
                if types.table.structure(member.type) != nil { continue }
                hand(sources, .table, Use(kind: .later(name, .later), call: call))
            }
            return true
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
