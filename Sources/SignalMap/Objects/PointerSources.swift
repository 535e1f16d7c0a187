/// What each pointer member or variable may point to: all that is ever stored there.
///
/// Stores through the cell's address in a callee count, those of allocators that hand back through a pointer, copies of
/// structures and of bytes. A cell that somebody gets the address of whose code is not known may hold anything.
final class PointerSources {
    /// A cell of memory that holds a pointer.
    enum Cell: Hashable {
        case member(MemberKey)
        /// By its address.
        case variable(UInt64)
    }

    enum Source: Hashable {
        /// Memory of an allocator's call (`inner`), told apart by the outermost call that it came from; 0 where it is
        /// handed on to callers, who know it by other calls.
        case fresh(outer: UInt64, inner: UInt64)
        /// What the cell holds.
        case held(Cell)
        /// This member itself, as part of its structure.
        case inside(MemberKey)
        case global(UInt64)
        /// Another binary's variable.
        case symbol(String, Int64)
        /// A local of this function.
        case stack(Int32)
        case unknown
    }

    unowned let analysis: ObjectAnalysis
    private(set) var stored: [Cell: Set<Source>] = [:]
    /// What was stored where the place is not known: any cell may hold it.
    private(set) var lost: Set<Source> = []
    /// Functions that write through a parameter, by function and parameter.
    private var writers: [Int: Set<Int64>] = [:]
    private var closures: [Cell: Set<Source>] = [:]

    static let maximalDepth = 6
    /// A parameter of a function with more callers may be anything.
    static let maximalCallers = 64

    init(_ analysis: ObjectAnalysis) {
        self.analysis = analysis
        findWriters()
        for function in analysis.facts.functions.indices {
            for store in analysis.facts.stores[analysis.facts.functions[function].stores] where store.width >= 8 {
                add(store, function)
            }
            for call in analysis.facts.functions[function].calls { add(call, function) }
            for value in analysis.facts.returned[analysis.facts.functions[function].returns] { expose(value.path) }
        }
    }

    // MARK: Closure

    /// All that a cell may hold, with other cells replaced by what they hold; unknown where nothing is ever stored.
    func closure(_ cell: Cell) -> Set<Source> {
        if let known = closures[cell] { return known }
        var found: Set<Source> = []
        var seen: Set<Cell> = [cell]
        var open = [cell]
        while let cell = open.popLast() {
            guard let sources = stored[cell], !sources.isEmpty else {
                found.insert(.unknown)
                continue
            }
            for source in sources {
                if case .held(let other) = source {
                    if seen.insert(other).inserted { open.append(other) }
                } else {
                    found.insert(source)
                }
            }
        }
        closures[cell] = found
        return found
    }

    // MARK: Places

    /// The cells that an address may be that of; empty where it is not known.
    func cells(of place: PathID, _ type: TypeID) -> [Cell] {
        let node = analysis.paths[place]
        let found: MemberTable.Place
        switch node.kind {
        case .field: found = analysis.members.place(node.value, in: node.type)
        case .element:
            found = analysis.members.place(node.value, in: node.type, isElement: true)
        case .address: return variable(UInt64(bitPattern: node.value))
        case .symbol:
            let name = analysis.paths.symbols[Int(node.base.index)]
            guard let address = analysis.names.exportedVariables[name] else { return [] }
            return variable(address &+ UInt64(bitPattern: node.value))
        default: found = analysis.members.place(0, in: type)
        }
        guard let keys = found.keys else { return [] }
        return analysis.members.sets[Int(keys)].map { .member($0) }
    }

    private func variable(_ address: UInt64) -> [Cell] {
        var cells: [Cell] = [.variable(address)]
        if let (variable, offset) = analysis.types.global(holding: address),
            let keys = analysis.members.place(Int64(clamping: offset), in: variable.type).keys
        {
            cells += analysis.members.sets[Int(keys)].map { .member($0) }
        }
        return cells
    }

    private func insert(_ sources: Set<Source>, into cells: [Cell]) {
        if cells.isEmpty { lost.formUnion(sources) }
        for cell in cells { stored[cell, default: []].formUnion(sources) }
    }

    private func add(_ store: CodeFacts.Store, _ function: Int) {
        for place in analysis.paths.expand(store.place) {
            let node = analysis.paths[place]
            if node.kind == .stack || node.kind == .number { continue }
            if node.kind == .parameter, analysis.types.table.structure(store.type) == nil { continue }
            for word in 0..<Int64(store.width / 8) {
                let value = word == 0 ? store.value.path : following(store.value.path, word * 8)
                if analysis.paths[value].kind == .number { continue }
                var sources = sources(of: value, function, 0)
                if store.how == .modify { sources = [.unknown] }
                let at = analysis.paths.plus(place, store.type, word * 8)
                insert(sources, into: cells(of: at, word == 0 ? store.type : .unknown))
            }
        }
        expose(store.value.path)
    }

    /// The word behind one that was copied along with it.
    private func following(_ path: PathID, _ offset: Int64) -> PathID {
        guard analysis.paths[path].kind == .load else {
            return analysis.paths[path].kind == .number ? path : .unknown
        }
        let place = analysis.paths.place(ofLoad: path)
        let type = analysis.paths[path].type
        return analysis.paths.load(at: analysis.paths.plus(place, type, offset), type)
    }

    /// A cell's address goes where nobody follows it.
    private func expose(_ path: PathID) {
        for one in analysis.paths.expand(path) {
            let node = analysis.paths[one]
            guard node.kind == .field || node.kind == .element || node.kind == .address else { continue }
            if node.kind == .address {
                let address = UInt64(bitPattern: node.value)
                guard let (variable, offset) = analysis.types.global(holding: address),
                    isPointer(analysis.members.cellType(variable.type, offset))
                        || isPointer(variable.type) && offset == 0
                else { continue }
                insert([.unknown], into: self.variable(address))
                continue
            }
            let place = analysis.members.place(node.value, in: node.type, isElement: node.kind == .element)
            guard isPointer(place.type), let keys = place.keys else { continue }
            insert([.unknown], into: analysis.members.sets[Int(keys)].map { .member($0) })
        }
    }

    private func isPointer(_ type: TypeID) -> Bool {
        if case .pointer = analysis.types.table.shape(type) { return true }
        return false
    }

    // MARK: Calls

    private func add(_ call: Int, _ function: Int) {
        switch analysis.callees[call] {
        case .function(let callee):
            guard let parameters = writers[Int(callee)] else { return }
            for parameter in parameters {
                let argument = analysis.argument(parameter, of: call)
                // What is handed on to this function's own callers is seen there.
                let written = written(through: parameter, of: Int(callee), at: call, function, outermost: call, 0)
                put(written, argument)
            }
        case .known(let index):
            let known = analysis.known[Int(index)].function
            if let allocation = known.allocation, case .pointee(let index, 0) = allocation.place {
                let address = analysis.facts.calls[call].address
                put([.fresh(outer: address, inner: address)], analysis.argument(Int64(index), of: call))
            }
            if let copy = known.copy {
                self.copy(
                    from: analysis.value(of: copy.source, at: call), to: analysis.value(of: copy.destination, at: call))
            }
            for index in 0..<analysis.facts.calls[call].arguments.count
            where known.filled.contains(index) || known.kept.contains(index) {
                expose(analysis.argument(Int64(index), of: call).path)
            }
        case .outside, .indirect, .system:
            for argument in analysis.facts.arguments[analysis.facts.calls[call].arguments] { expose(argument.path) }
        }
    }

    private func put(_ sources: Set<Source>, _ argument: Value) {
        if sources.isEmpty { return }
        let type = analysis.types.table.pointee(argument.type)
        for place in analysis.paths.expand(argument.path) {
            switch analysis.paths[place].kind {
            case .stack, .number: continue
            case .parameter where analysis.types.table.structure(type) == nil: continue
            default: insert(sources, into: cells(of: place, type))
            }
        }
    }

    /// Bytes travel, and with them pointers. Between structures of one type each member gets what it may hold anyway.
    private func copy(from source: Value, to destination: Value) {
        let to = analysis.types.table.pointee(destination.type)
        guard let structure = analysis.types.table.structure(to) else { return }
        if analysis.types.table.structure(analysis.types.table.pointee(source.type)) == structure { return }
        let node = analysis.paths[source.path]
        if node.kind == .number { return }
        let size = analysis.types.table.structures[Int(structure)].size
        for offset in stride(from: Int64(0), to: Int64(clamping: min(size, 4096)), by: 8) {
            let place = analysis.members.place(offset, in: to)
            guard isPointer(place.type), let keys = place.keys else { continue }
            insert([.unknown], into: analysis.members.sets[Int(keys)].map { .member($0) })
        }
    }

    /// Which functions write a pointer through a parameter, themselves or by handing it on.
    private func findWriters() {
        var changed: [(function: Int, parameter: Int64)] = []
        func add(_ function: Int, _ parameter: Int64) {
            if writers[function, default: []].insert(parameter).inserted { changed.append((function, parameter)) }
        }
        for (function, fact) in analysis.facts.functions.enumerated() {
            for store in analysis.facts.stores[fact.stores] where store.width >= 8 {
                for place in analysis.paths.expand(store.place) {
                    let node = analysis.paths[place]
                    if node.kind == .parameter, analysis.types.table.structure(store.type) == nil {
                        add(function, node.value)
                    }
                }
            }
            for call in fact.calls {
                guard case .known(let index) = analysis.callees[call],
                    case .pointee(let argument, 0) = analysis.known[Int(index)].function.allocation?.place
                else { continue }
                let node = analysis.paths[analysis.argument(Int64(argument), of: call).path]
                if node.kind == .parameter { add(function, node.value) }
            }
        }
        while let (function, parameter) = changed.popLast() {
            for call in analysis.callers(of: function) {
                let node = analysis.paths[analysis.argument(parameter, of: Int(call)).path]
                if node.kind == .parameter { add(Int(analysis.functionOfCall[Int(call)]), node.value) }
            }
        }
    }

    /// What a function stores through one of its parameters when `call`, in `caller`, calls it.
    private func written(
        through parameter: Int64, of function: Int, at call: Int, _ caller: Int, outermost: Int, _ depth: Int
    ) -> Set<Source> {
        guard depth <= Self.maximalDepth else { return [.unknown] }
        var found: Set<Source> = []
        let fact = analysis.facts.functions[function]
        for store in analysis.facts.stores[fact.stores] where store.width >= 8 {
            for place in analysis.paths.expand(store.place) {
                let node = analysis.paths[place]
                guard node.kind == .parameter, node.value == parameter else { continue }
                for path in analysis.paths.expand(store.value.path) {
                    let root = analysis.paths[analysis.paths.root(path)].kind
                    if root == .parameter {
                        let value = analysis.substitute(Value(path: path, type: .unknown), at: call)
                        found.formUnion(sources(of: value.path, caller, depth + 1))
                    } else {
                        found.formUnion(renamed(sources(of: path, function, depth + 1), outermost))
                    }
                }
            }
        }
        for inner in fact.calls {
            for (index, argument) in analysis.facts.arguments[analysis.facts.calls[inner].arguments].enumerated() {
                let node = analysis.paths[argument.path]
                guard node.kind == .parameter, node.value == parameter else { continue }
                switch analysis.callees[inner] {
                case .function(let callee) where writers[Int(callee)]?.contains(Int64(index)) == true:
                    found.formUnion(
                        renamed(
                            written(
                                through: Int64(index), of: Int(callee), at: inner, function, outermost: outermost,
                                depth + 1), outermost))
                case .known(let known):
                    if case .pointee(index, 0) = analysis.known[Int(known)].function.allocation?.place {
                        let address = analysis.facts.calls[inner].address
                        found.insert(.fresh(outer: analysis.facts.calls[outermost].address, inner: address))
                    }
                case .indirect, .outside: found.insert(.unknown)
                default: break
                }
            }
        }
        return found
    }

    /// Fresh memory of a callee's, as its outermost caller names it.
    private func renamed(_ sources: Set<Source>, _ outermost: Int) -> Set<Source> {
        let outer = analysis.facts.calls[outermost].address
        return Set(
            sources.map {
                if case .fresh(_, let inner) = $0 { .fresh(outer: outer, inner: inner) } else { $0 }
            })
    }

    // MARK: Values

    /// What a value may point to.
    func sources(of path: PathID, _ function: Int, _ depth: Int) -> Set<Source> {
        guard depth <= Self.maximalDepth else { return [.unknown] }
        var found: Set<Source> = []
        for one in analysis.returned.resolve(path) { add(one, function, depth, &found) }
        return found
    }

    private func add(_ path: PathID, _ function: Int, _ depth: Int, _ found: inout Set<Source>) {
        let node = analysis.paths[path]
        switch node.kind {
        case .number: break
        case .address: found.insert(.global(UInt64(bitPattern: node.value)))
        case .symbol:
            let name = analysis.paths.symbols[Int(node.base.index)]
            if let address = analysis.names.exportedVariables[name] {
                found.insert(.global(address &+ UInt64(bitPattern: node.value)))
            } else {
                found.insert(.symbol(name, node.value))
            }
        case .stack: found.insert(.stack(Int32(function)))
        case .load:
            let place = analysis.paths.place(ofLoad: path)
            if analysis.paths[place].kind == .stack {
                found.formUnion(local(place, function, depth))
                return
            }
            let cells = cells(of: place, node.type)
            if cells.isEmpty { found.insert(.unknown) }
            for cell in cells { found.insert(.held(cell)) }
        case .field:
            let place = analysis.members.place(node.value, in: node.type)
            guard place.isWhole || place.isBare, let keys = place.keys else {
                found.insert(.unknown)
                return
            }
            for set in [keys] + place.outer {
                for key in analysis.members.sets[Int(set)] { found.insert(.inside(key)) }
            }
        case .element:
            // Somewhere in what the base points to.
            if node.type.isKnown { add(node.base, function, depth, &found) } else { found.insert(.unknown) }
            let place = analysis.members.place(node.value, in: node.type, isElement: true)
            if let keys = place.keys {
                for key in analysis.members.sets[Int(keys)] { found.insert(.inside(key)) }
            }
        case .parameter: addCallers(node.value, function, depth, &found)
        case .result:
            guard let call = analysis.call(at: UInt64(bitPattern: node.value)),
                let inner = analysis.returned.allocators[call]
            else {
                found.insert(.unknown)
                return
            }
            let outer = analysis.returned.isHandedOn(call) ? 0 : UInt64(bitPattern: node.value)
            found.insert(.fresh(outer: outer, inner: inner))
        default: found.insert(.unknown)
        }
    }

    private func addCallers(_ parameter: Int64, _ function: Int, _ depth: Int, _ found: inout Set<Source>) {
        let callers = analysis.callers(of: function)
        guard !callers.isEmpty, callers.count <= Self.maximalCallers, !analysis.names.isOpen(function),
            depth < Self.maximalDepth
        else {
            found.insert(.unknown)
            return
        }
        for call in callers {
            let argument = analysis.argument(parameter, of: Int(call))
            found.formUnion(sources(of: argument.path, Int(analysis.functionOfCall[Int(call)]), depth + 1))
            if found.contains(.unknown) { return }
        }
    }

    /// A local whose address calls were given: what they store there.
    private func local(_ place: PathID, _ function: Int, _ depth: Int) -> Set<Source> {
        var found: Set<Source> = []
        for call in analysis.facts.functions[function].calls {
            for (index, argument) in analysis.facts.arguments[analysis.facts.calls[call].arguments].enumerated()
            where argument.path == place {
                switch analysis.callees[call] {
                case .function(let callee) where writers[Int(callee)]?.contains(Int64(index)) == true:
                    found.formUnion(
                        written(
                            through: Int64(index), of: Int(callee), at: call, function, outermost: call, depth + 1))
                case .known(let known):
                    if case .pointee(index, 0) = analysis.known[Int(known)].function.allocation?.place {
                        let address = analysis.facts.calls[call].address
                        found.insert(.fresh(outer: address, inner: address))
                    }
                case .indirect, .outside: found.insert(.unknown)
                default: break
                }
            }
        }
        return found.isEmpty ? [.unknown] : found
    }
}
