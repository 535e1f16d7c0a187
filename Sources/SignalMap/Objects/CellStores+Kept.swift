// Cells whose address is kept in memory, and calls that write through pointers that they find there.
extension CellStores {
    /// The address of a cell goes to memory: whoever comes by it there may write the cell.
    mutating func keep(_ store: CodeFacts.Store, _ function: Int) {
        guard store.width == 8, store.how == .plain || store.how == .exchange else { return }
        keep(store.value, Site(function: function, block: store.block, address: store.address))
    }

    private mutating func keep(_ pointer: Value, _ site: Site) {
        let type = analysis.types.pointed(by: pointer, analysis.paths)
        if analysis.members.isSynchronization(type) { return }
        let write = Write(value: .unknown, width: 0, how: .modify)
        for path in analysis.paths.expand(pointer.path) where isCell(path) {
            if let structure = analysis.types.table.structure(type) {
                emit(write, toLeavesOf: structure, at: path, type, site, kind: .keeps)
            } else {
                let isPointer = analysis.sources.isPointer(cellType(at: path, pointer))
                emit(write, to: path, type, site, kind: isPointer ? .keepsPointer : .keeps)
            }
        }
    }

    /// Addresses that stand in the binary's data from the start: tables of cells. They are told of the first function,
    /// at the word that holds the address.
    mutating func keepData() {
        guard !analysis.facts.functions.isEmpty else { return }
        for word in analysis.names.dataWords {
            let path = analysis.paths.intern(AccessPath(kind: .address, value: Int64(bitPattern: word.value)))
            let site = Site(function: 0, block: 0, address: word.place)
            keep(Value(path: path, type: .unknown), site)
        }
    }

    /// A cell whose address a function of another binary was handed may be written by it at any later time.
    mutating func keepHanded(by call: Int, _ function: Int) {
        guard analysis.callees[call] == .outside else { return }
        for argument in analysis.facts.arguments[analysis.facts.calls[call].arguments] {
            keep(argument, site(of: call, function))
        }
    }

    /// Parameters that a function stores in memory, or hands to one that does, are kept by its callers.
    mutating func keepParameters() {
        var kept: Set<Int64> = []
        var open: [(function: Int, parameter: Int64)] = []
        func add(_ path: PathID, _ function: Int) {
            for one in analysis.paths.expand(path) {
                let node = analysis.paths[one]
                guard node.kind == .parameter, (0..<Self.maximalParameters).contains(node.value),
                    kept.insert(Int64(function) * Self.maximalParameters + node.value).inserted
                else { continue }
                open.append((function, node.value))
            }
        }
        for (function, fact) in analysis.facts.functions.enumerated() {
            var handed: [Int64]?
            for index in fact.stores {
                let store = analysis.facts.stores[index]
                guard store.width == 8, store.how == .plain || store.how == .exchange else { continue }
                if isLocal(store.place) {
                    let places = handed ?? handedLocals(function)
                    handed = places
                    guard let place = offset(ofLocal: store.place), places.contains(where: { $0 <= place }) else {
                        continue
                    }
                }
                add(store.value.path, function)
            }
            for call in fact.calls where analysis.callees[call] == .outside {
                for argument in analysis.facts.arguments[analysis.facts.calls[call].arguments] {
                    add(argument.path, function)
                }
            }
        }
        while let (function, parameter) = open.popLast() {
            for call in analysis.callers(of: function) {
                let caller = Int(analysis.functionOfCall[Int(call)])
                guard caller >= 0 else { continue }
                let argument = analysis.argument(parameter, of: Int(call))
                keep(argument, site(of: Int(call), caller))
                add(argument.path, caller)
            }
        }
    }

    /// Of a function that has more, no caller is told what the rest do.
    private static let maximalParameters: Int64 = 32

    /// From the stack pointer at entry on.
    private func offset(ofLocal path: PathID) -> Int64? {
        var (path, offset) = (path, Int64(0))
        while true {
            let node = analysis.paths[path]
            offset &+= node.value
            switch node.kind {
            case .stack: return offset
            case .field, .element: path = node.base
            default: return nil
            }
        }
    }

    /// Where what the function passes pointers to begins in its frame: a parameter that is saved elsewhere in the frame
    /// is seen by nobody.
    private func handedLocals(_ function: Int) -> [Int64] {
        var places: [Int64] = []
        for call in analysis.facts.functions[function].calls {
            for argument in analysis.facts.arguments[analysis.facts.calls[call].arguments] {
                for path in analysis.paths.expand(argument.path) where isLocal(path) {
                    if let place = offset(ofLocal: path) { places.append(place) }
                }
            }
        }
        return places
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
            // Also without arguments: it may have been handed cells before.
            kind = .kept
        case .known(let place):
            let known = analysis.known[Int(place)]
            if known.name == "syscall" {
                if let asked = systemCall(numbered: analysis.argument(0, of: call).path) {
                    kind = addKept(asked, call, count, function, shift: 1)
                } else {
                    kind = .kept
                }
            } else {
                kind = addKept(known.function, call, count, function)
            }
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

    /// Arguments stand `shift` places further on.
    private mutating func addKept(
        _ known: KnownFunction, _ call: Int, _ count: Int, _ function: Int, shift: Int = 0
    ) -> CellStore.Place? {
        if known.frees != nil { return nil }
        if !known.scattered.isEmpty {
            for index in shift..<max(count, shift) where known.scattered.contains(index - shift) {
                addScattered(analysis.argument(Int64(index), of: call), by: call, function)
            }
            return known.writesLater ? .keptLater : .keptBytes
        }
        // Bytes that go where a pointer leads that was read from memory. Of "all arguments" some are leftovers.
        let written = known.primitive == nil ? known.written.union(known.filled) : known.filled
        if written.contains(31) { return nil }
        let isFound = (shift..<max(count, shift)).contains { index in
            guard written.contains(index - shift) else { return false }
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

    /// What is known of a system call that the code makes itself; nil where nothing is, or its number is not known.
    func systemCall(of call: Int) -> KnownFunction? {
        guard case .system(let number) = analysis.facts.calls[call].target else { return nil }
        return systemCall(numbered: number)
    }

    private func systemCall(numbered path: PathID) -> KnownFunction? {
        let number = analysis.paths[path]
        guard number.kind == .number else { return nil }
        if number.value == Int64(Primitives.futexNumber) {
            // What it writes is the word itself (FUTEX_LOCK_PI, FUTEX_WAKE_OP), which operations tell.
            var futex = KnownFunction()
            futex.written = []
            return futex
        }
        return KnownFunctions.systemCall(Int(clamping: number.value))
    }
}
