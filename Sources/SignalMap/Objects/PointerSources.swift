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
    /// By cell, its sources by their places (`source`); one of which something is not known has nothing but unknown.
    private(set) var stored: [Cell: Set<UInt32>] = [:]
    /// What was stored where the place is not known: any cell may hold it.
    private(set) var lost: Set<UInt32> = []
    private var table = InternTable<Source>()

    /// What functions write through their parameters.
    let writes: ParameterWrites
    /// Functions that write bytes without a type through a parameter, or where it leads.
    var byteWriters: [Int: Set<Int64>] = [:]
    /// Structures that bytes were written to.
    var blurred: Set<TypeID> = []
    /// Structures that functions of other binaries were handed, by the functions' names: these may have stored anything
    /// there, which their own maps tell where there are any.
    var handed: [UInt32: Set<String>] = [:]

    var sets = LeastSets()
    var nodes = InternTable<Node>()
    var localUses: [ParameterWrites.Local: [(call: Int, index: Int64)]] = [:]
    var readFrames: Set<Int32> = []

    /// A parameter of a function with more callers may be anything.
    static let maximalCallers = 64

    init(_ analysis: ObjectAnalysis) {
        self.analysis = analysis
        writes = ParameterWrites(analysis)
        // Its place is 0.
        _ = table.intern(.unknown)
        findByteWriters()
        for function in analysis.facts.functions.indices {
            for store in analysis.facts.stores[analysis.facts.functions[function].stores] where store.width >= 8 {
                add(store, function)
            }
            for call in analysis.facts.functions[function].calls { add(call) }
            for value in analysis.facts.returned[analysis.facts.functions[function].returns] { expose(value.path) }
        }
    }

    func source(_ place: UInt32) -> Source { table.values[Int(place)] }
    func place(of source: Source) -> UInt32 { table.intern(source) }

    // MARK: Places

    /// The cells that an address may be that of; empty where it is not known.
    func cells(of place: PathID, _ type: TypeID) -> [Cell] {
        let node = analysis.paths[place]
        let found: MemberTable.Place
        switch node.kind {
        case .field, .element: found = analysis.place(of: place).member
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

    func insert(_ sources: Set<UInt32>, into cells: [Cell]) {
        if cells.isEmpty { lost.formUnion(sources) }
        let isUnknown = sources.contains(0)
        for cell in cells {
            if isUnknown {
                stored[cell] = Self.unknown
            } else {
                // An unknown one is left as it is.
                stored[cell, default: []].add(sources)
            }
        }
    }

    static let unknown: Set<UInt32> = [0]

    private func add(_ store: CodeFacts.Store, _ function: Int) {
        for place in analysis.paths.expand(store.place) {
            let node = analysis.paths[place]
            if node.kind == .stack || node.kind == .number { continue }
            if node.kind == .parameter, analysis.types.table.structure(store.type) == nil { continue }
            for word in 0..<Int64(store.width / 8) {
                let value = word == 0 ? store.value.path : following(store.value.path, word * 8)
                if analysis.paths[value].kind == .number { continue }
                let sources = store.how.isModification ? Self.unknown : sources(of: value, function)
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
    func expose(_ path: PathID) {
        for one in analysis.paths.expand(path) {
            let node = analysis.paths[one]
            guard node.kind == .field || node.kind == .element || node.kind == .address else { continue }
            if node.kind == .address {
                let address = UInt64(bitPattern: node.value)
                guard let (variable, offset) = analysis.types.global(holding: address),
                    isPointer(analysis.members.cellType(variable.type, offset))
                        || isPointer(variable.type) && offset == 0
                else { continue }
                insert(Self.unknown, into: self.variable(address))
                continue
            }
            let place = analysis.place(of: one).member
            guard isPointer(place.type), let keys = place.keys else { continue }
            insert(Self.unknown, into: analysis.members.sets[Int(keys)].map { .member($0) })
        }
    }

    func isPointer(_ type: TypeID) -> Bool {
        if case .pointer = analysis.types.table.shape(type) { return true }
        return false
    }
}

extension Set<UInt32> {
    /// Adds sources, unless something is unknown already.
    fileprivate mutating func add(_ sources: Set<UInt32>) {
        if !contains(0) { formUnion(sources) }
    }
}
