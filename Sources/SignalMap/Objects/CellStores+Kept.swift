// Cells whose address is kept in memory, and calls that write through pointers that they find there.
extension CellStores {
    /// The address of a cell goes to memory: whoever comes by it there may write the cell.
    mutating func keep(_ store: CodeFacts.Store, _ function: Int) {
        guard store.width == 8, store.how == .plain || store.how == .exchange else { return }
        let type = analysis.types.pointed(by: store.value, analysis.paths)
        if analysis.members.isSynchronization(type) { return }
        let site = Site(function: function, block: store.block, address: store.address)
        let write = Write(value: .unknown, width: 0, how: .modify)
        for path in analysis.paths.expand(store.value.path) where isCell(path) {
            if let structure = analysis.types.table.structure(type) {
                emit(write, toLeavesOf: structure, at: path, type, site, kind: .keeps)
            } else {
                let isPointer = analysis.sources.isPointer(cellType(at: path, store.value))
                emit(write, to: path, type, site, kind: isPointer ? .keepsPointer : .keeps)
            }
        }
    }

    /// What a pointer points to, by the member that its path ends in or by its own type.
    func cellType(at path: PathID, _ pointer: Value) -> TypeID {
        switch analysis.paths[path].kind {
        case .field, .element: analysis.place(of: path).member.type
        default: analysis.types.table.pointee(pointer.type)
        }
    }

    /// What others can see, and the program can write.
    private func isCell(_ path: PathID) -> Bool {
        let node = analysis.paths[path]
        switch node.kind {
        case .address: return !analysis.names.isConstant(UInt64(bitPattern: node.value))
        case .symbol, .threadLocal: return true
        case .field, .element: return !isLocal(path)
        default: return false
        }
    }

    /// What the function may write through pointers in memory, its own arguments' or those that it read itself.
    mutating func addKeptWrites(of call: Int, _ function: Int) {
        let count = analysis.facts.calls[call].arguments.count
        var kind: CellStore.Place?
        switch analysis.callees[call] {
        case .outside:
            if (0..<count).contains(where: { mayLead($0, of: call, function) }) { kind = .kept }
        case .known(let place): kind = addKept(analysis.known[Int(place)].function, call, count, function)
        case .system:
            if let known = systemCall(of: call) {
                kind = addKept(known, call, count, function)
            } else if count > 0 {
                kind = .kept
            }
        case .function, .indirect: break
        }
        guard let kind else { return }
        let site = site(of: call, function)
        stores.append(
            CellStore(
                address: site.address, function: Int32(site.function), block: site.block,
                identity: analysis.identities.unknown, keys: nil, width: 0, how: .modify, constant: nil, kind: kind,
                handedBy: analysis.handedTo(by: call) == nil ? -1 : Int32(call)))
    }

    private mutating func addKept(_ known: KnownFunction, _ call: Int, _ count: Int, _ function: Int) -> CellStore
        .Place?
    {
        if known.frees != nil { return nil }
        if !known.scattered.isEmpty {
            for index in 0..<count where known.scattered.contains(index) {
                addScattered(analysis.argument(Int64(index), of: call), by: call, function)
            }
            return known.writesLater ? .keptLater : .keptBytes
        }
        // Bytes that go where a pointer leads that was read from memory. Of "all arguments" some are leftovers.
        let written = known.primitive == nil ? known.written.union(known.filled) : known.filled
        if written.contains(31) { return nil }
        let isFound = (0..<count).contains { index in
            guard written.contains(index) else { return false }
            let argument = analysis.argument(Int64(index), of: call)
            if analysis.types.table.structure(analysis.types.pointed(by: argument, analysis.paths)) != nil {
                return false
            }
            return analysis.paths.expand(argument.path).contains { path in
                let root = analysis.paths[path].kind
                return root == .load || root == .result || root == .opaque || root == .derived || !path.isKnown
            }
        }
        return isFound ? .keptBytes : nil
    }

    /// More pointers than this are not told one by one.
    private static let maximalPointers = 64

    /// Objects that pointers lead to which the function finds in what an argument points to: in the caller's frame, or in
    /// structures of that type.
    private mutating func addScattered(_ argument: Value, by call: Int, _ function: Int) {
        let structure = analysis.types.table.structure(analysis.types.pointed(by: argument, analysis.paths))
        var found: [(function: Int, store: Int)] = []
        for path in analysis.paths.expand(argument.path) {
            if isLocal(path) {
                for store in analysis.facts.functions[function].stores
                where isPointer(store) && isLocal(analysis.facts.stores[store].place) {
                    found.append((function, store))
                }
            } else if let structure {
                found += stores(inMembersOf: structure)
            }
        }
        if found.count > Self.maximalPointers {
            let lost = Write(value: .unknown, width: 0, how: .modify)
            return emit(lost, to: .unknown, .unknown, site(of: call, function))
        }
        for (origin, store) in found {
            add(writtenThrough: analysis.facts.stores[store].value, by: call, function, origin: origin)
        }
    }

    private func isPointer(_ store: Int) -> Bool {
        let store = analysis.facts.stores[store]
        return store.width == 8
            && (analysis.types.pointed(by: store.value, analysis.paths).isKnown
                || analysis.paths.expand(store.value.path).contains { isCell($0) })
    }

    private mutating func stores(inMembersOf structure: UInt32) -> [(function: Int, store: Int)] {
        if let known = pointerStores { return known[structure] ?? [] }
        var found: [UInt32: [(function: Int, store: Int)]] = [:]
        for (function, fact) in analysis.facts.functions.enumerated() {
            for store in fact.stores where isPointer(store) {
                let node = analysis.paths[analysis.facts.stores[store].place]
                guard node.kind == .field || node.kind == .element,
                    let structure = analysis.types.table.structure(node.type)
                else { continue }
                found[structure, default: []].append((function, store))
            }
        }
        pointerStores = found
        return found[structure] ?? []
    }

    /// Whether an argument may be a pointer to something that holds pointers.
    private func mayLead(_ index: Int, of call: Int, _ function: Int) -> Bool {
        let argument = analysis.argument(Int64(index), of: call)
        return analysis.paths.expand(argument.path).contains { path in
            let node = analysis.paths[path]
            switch node.kind {
            case .address: return isCell(path)
            case .field, .element, .symbol, .threadLocal, .stack, .load, .result, .opaque, .derived: return true
            case .parameter: return isTaken(node.value, by: function)
            case .unknown, .number, .alternatives, .comparison: return false
            }
        }
    }

    /// What is known of a system call that the code makes itself; nil where nothing is, or its number is not known.
    func systemCall(of call: Int) -> KnownFunction? {
        guard case .system(let number) = analysis.facts.calls[call].target, analysis.paths[number].kind == .number
        else { return nil }
        return KnownFunctions.systemCall(Int(clamping: analysis.paths[number].value))
    }
}
