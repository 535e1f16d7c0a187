/// All writes to memory that others can see.
struct CellStores {
    /// By function and address.
    private(set) var stores: [CellStore] = []
    private let analysis: ObjectAnalysis

    /// A store through a pointer that callers pass, into something without a structure, by what they can know of it.
    private struct Carried: Hashable {
        var parameter: Int64
        /// A number, a parameter that may be one for some caller, or unknown.
        var value: PathID
        var width: UInt8
        var change: Change
    }

    /// How what was there goes into it, and of changed bits which.
    private struct Change: Hashable {
        var how: CodeFacts.Store.How
        var bits: Int64
    }

    /// By function, each once: what its callees do through its parameters is its own.
    private var carried: [[Carried]]
    private var open: [(function: Int32, carried: Carried)] = []
    /// How often a store was carried to a caller: the work that was done.
    private(set) var steps = 0

    /// The values of more stores of a function are not told.
    private static let maximalValues = 16
    private static let maximalCallers = 512

    init(_ analysis: ObjectAnalysis) {
        self.analysis = analysis
        carried = [[Carried]](repeating: [], count: analysis.facts.functions.count)
        stores.reserveCapacity(analysis.facts.stores.count)
        for (function, fact) in analysis.facts.functions.enumerated() {
            for index in fact.stores { add(analysis.facts.stores[index], function) }
        }
        while let (function, carried) = open.popLast() {
            let callers = analysis.callers(of: Int(function))
            guard callers.count <= Self.maximalCallers else { continue }
            for call in callers { carry(carried, to: Int(call)) }
        }
        carried = []
        sortOnce()
    }

    /// Callees may do the same in several ways.
    private mutating func sortOnce() {
        stores.sort { $0.order < $1.order }
        var unique: [CellStore] = []
        unique.reserveCapacity(stores.count)
        for store in stores where unique.last != store { unique.append(store) }
        stores = unique
    }

    private mutating func add(_ store: CodeFacts.Store, _ function: Int) {
        if isLocal(store.place) { return }
        emit(
            store.place, store.type, store.value.path, store.width, Change(how: store.how, bits: store.bits), function,
            store.block, store.address)
        leave(
            store.place, store.type, store.value.path, store.width, Change(how: store.how, bits: store.bits), function)
    }

    /// What callers know better is carried to them.
    private mutating func leave(
        _ place: PathID, _ type: TypeID, _ value: PathID, _ width: UInt8, _ change: Change, _ function: Int
    ) {
        guard analysis.types.table.structure(type) == nil || analysis.members.isSynchronization(type) else { return }
        for path in analysis.paths.expand(place) {
            let node = analysis.paths[path]
            guard node.kind == .parameter else { continue }
            let kind = analysis.paths[value].kind
            var one = Carried(
                parameter: node.value, value: kind == .number || kind == .parameter ? value : .unknown, width: width,
                change: change)
            if carried[function].contains(one) { continue }
            if carried[function].count >= Self.maximalValues {
                one.value = .unknown
                if change.how.isModification { one.change = Change(how: .modify, bits: 0) }
                if carried[function].contains(one) { continue }
            }
            carried[function].append(one)
            open.append((Int32(function), one))
        }
    }

    private mutating func carry(_ carried: Carried, to call: Int) {
        let function = Int(analysis.functionOfCall[call])
        guard function >= 0 else { return }
        steps += 1
        let place = analysis.argument(carried.parameter, of: call)
        if isLocal(place.path) { return }
        let value = analysis.substitute(Value(path: carried.value, type: .unknown), at: call).path
        let type = analysis.types.table.pointee(place.type)
        let fact = analysis.facts.calls[call]
        emit(place.path, type, value, carried.width, carried.change, function, fact.block, fact.address)
        leave(place.path, type, value, carried.width, carried.change, function)
    }

    /// A word on the function's own stack.
    private func isLocal(_ place: PathID) -> Bool {
        let root = analysis.paths.root(place)
        return analysis.paths[root].kind == .stack && analysis.paths.loads(place) == 0
    }

    private mutating func emit(
        _ place: PathID, _ type: TypeID, _ value: PathID, _ width: UInt8,
        _ change: Change, _ function: Int, _ block: Int32, _ address: UInt64
    ) {
        let number = analysis.paths[value]
        let isOfBits = change.how == .setBits || change.how == .clearBits
        let constant = isOfBits ? change.bits : number.kind == .number ? number.value : nil
        for identity in analysis.identities.identities(of: place, type, in: function, isObject: false) {
            let hops = analysis.identities.table[identity].hops
            let first = hops[0]
            let isKnown = first.keys != nil || [.global, .element, .stack, .threadLocal].contains(first.kind)
            stores.append(
                CellStore(
                    address: address, function: Int32(function), block: block, identity: identity, keys: first.keys,
                    width: width, how: change.how, constant: constant,
                    isLost: !isKnown && hops.last?.kind == .unknown))
        }
    }
}
