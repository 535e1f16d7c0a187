// What calls store into cells that they are given the address of.
extension PointerSources {
    func add(_ call: Int) {
        switch analysis.callees[call] {
        case .function(let callee):
            for parameter in byteWriters[Int(callee)] ?? [] { blur(argument: parameter, of: call) }
            for parameter in writes.parameters[callee] ?? [] {
                // What is handed on to this function's own callers is seen there.
                put(
                    analysis.argument(parameter, of: call),
                    written(ParameterWrites.Key(function: callee, parameter: parameter), at: call))
            }
        case .known(let index):
            let known = analysis.known[Int(index)].function
            if let allocation = known.allocation, case .pointee(let index, 0) = allocation.place {
                let address = analysis.facts.calls[call].address
                put(
                    analysis.argument(Int64(index), of: call),
                    [place(of: .fresh(outer: address, inner: address))])
            }
            if let copy = known.copy {
                self.copy(
                    from: analysis.value(of: copy.source, at: call), to: analysis.value(of: copy.destination, at: call))
            }
            for index in 0..<analysis.facts.calls[call].arguments.count {
                if known.filled.contains(index) {
                    blur(argument: Int64(index), of: call)
                } else if known.kept.contains(index) {
                    expose(analysis.argument(Int64(index), of: call).path)
                }
            }
        case .outside:
            for argument in analysis.facts.arguments[analysis.facts.calls[call].arguments] {
                expose(argument.path)
                hand(argument, of: call)
            }
        case .indirect, .system:
            for argument in analysis.facts.arguments[analysis.facts.calls[call].arguments] { expose(argument.path) }
        }
    }

    /// A function that is not known may store what it likes in a structure that it is handed.
    private func hand(_ argument: Value, of call: Int) {
        let type = analysis.types.pointed(by: argument, analysis.paths)
        guard let structure = analysis.types.table.structure(type) else { return }
        if let name = analysis.handedTo(by: call) {
            analysis.types.table.walk(structure) { handed[$0, default: []].insert(name).inserted }
        } else {
            blur(type, structure)
        }
    }

    private func put(_ argument: Value, _ sources: @autoclosure () -> Set<UInt32>) {
        let type = analysis.types.table.pointee(argument.type)
        let places = analysis.paths.expand(argument.path).filter { place in
            switch analysis.paths[place].kind {
            case .stack, .number: false
            case .parameter: analysis.types.table.structure(type) != nil
            default: true
            }
        }
        if places.isEmpty { return }
        let sources = sources()
        if sources.isEmpty { return }
        for place in places { insert(sources, into: cells(of: place, type)) }
    }

    /// Bytes travel, and with them pointers. Between structures of one type each member gets what it may hold anyway.
    private func copy(from source: Value, to destination: Value) {
        let to = analysis.types.table.pointee(destination.type)
        guard let structure = analysis.types.table.structure(to) else { return }
        if analysis.types.table.structure(analysis.types.table.pointee(source.type)) == structure { return }
        if analysis.paths[source.path].kind == .number { return }
        blur(to, structure)
    }

    /// A pointer is handed to a function that writes bytes through it.
    private func blur(argument: Int64, of call: Int) {
        let argument = analysis.argument(argument, of: call)
        expose(argument.path)
        let type = analysis.types.pointed(by: argument, analysis.paths)
        if let structure = analysis.types.table.structure(type) { blur(type, structure) }
    }

    /// What the pointers of a structure point to is not known any more.
    private func blur(_ to: TypeID, _ structure: UInt32) {
        guard blurred.insert(to).inserted else { return }
        let size = analysis.types.table.structures[Int(structure)].size
        for offset in stride(from: Int64(0), to: Int64(clamping: min(size, 4096)), by: 8) {
            let place = analysis.members.place(offset, in: to)
            guard isPointer(place.type), let keys = place.keys else { continue }
            insert(Self.unknown, into: analysis.members.sets[Int(keys)].map { .member($0) })
        }
    }

    /// Which functions write bytes that have no type through a parameter that has none, themselves or by handing it on.
    func findByteWriters() {
        var changed: [(function: Int, parameter: Int64)] = []
        func add(_ function: Int, _ parameter: Int64) {
            guard isBytes(parameter, of: function), byteWriters[function, default: []].insert(parameter).inserted else {
                return
            }
            changed.append((function, parameter))
        }
        for (function, fact) in analysis.facts.functions.enumerated() {
            let writes =
                analysis.facts.marks[fact.marks].contains { $0.what == .bytes }
                || analysis.facts.stores[fact.stores].contains { isLostCopy($0) }
            if writes { for parameter in 0..<Int64(6) { add(function, parameter) } }
        }
        while let (function, parameter) = changed.popLast() {
            for call in analysis.callers(of: function) {
                let node = analysis.paths[analysis.argument(parameter, of: Int(call)).path]
                if node.kind == .parameter { add(Int(analysis.functionOfCall[Int(call)]), node.value) }
            }
        }
    }

    /// Something that was computed or read is written where the code does not say.
    private func isLostCopy(_ store: CodeFacts.Store) -> Bool {
        if analysis.paths[store.value.path].kind == .number { return false }
        // Pointers that are written through a parameter are followed.
        if store.width >= 8, analysis.paths[store.place].kind == .parameter { return false }
        let root = analysis.paths[analysis.paths.root(store.place)].kind
        switch root {
        case .address, .symbol, .stack, .threadLocal, .number: return false
        default: return cells(of: store.place, store.type).isEmpty
        }
    }

    /// A parameter that is a pointer to something without members.
    private func isBytes(_ parameter: Int64, of function: Int) -> Bool {
        guard function < analysis.entries.count,
            let prototype = analysis.types.functions[analysis.entries[function]],
            parameter < Int64(prototype.registers.count)
        else { return false }
        let type = prototype.registers[Int(parameter)]
        return isPointer(type) && analysis.types.table.structure(analysis.types.table.pointee(type)) == nil
    }
}
