/// All writes to memory that others can see.
struct CellStores {
    /// By function and address.
    private(set) var stores: [CellStore] = []
    private let analysis: ObjectAnalysis

    /// What is carried to callers: a store through a pointer that they pass, into something without a structure.
    private struct Carried {
        var place: PathID
        var value: PathID
        var width: UInt8
        var how: CodeFacts.Store.How
        var bits: Int64
        var function: Int
        var depth: Int
    }

    private static let maximalDepth = 6
    private static let maximalCallers = 512

    init(_ analysis: ObjectAnalysis) {
        self.analysis = analysis
        stores.reserveCapacity(analysis.facts.stores.count)
        for (function, fact) in analysis.facts.functions.enumerated() {
            for index in fact.stores { add(analysis.facts.stores[index], function) }
        }
        stores.sort { ($0.function, $0.address) < ($1.function, $1.address) }
    }

    private mutating func add(_ store: CodeFacts.Store, _ function: Int) {
        if isLocal(store.place) { return }
        emit(
            store.place, store.type, store.value.path, store.width, (store.how, store.bits), function, store.block,
            store.address)
        let first = Carried(
            place: store.place, value: store.value.path, width: store.width, how: store.how, bits: store.bits,
            function: function, depth: 0)
        guard isCarried(store.place, store.type) else { return }
        var open = [first]
        while let carried = open.popLast() {
            let callers = analysis.callers(of: carried.function)
            guard carried.depth < Self.maximalDepth, callers.count <= Self.maximalCallers else { continue }
            for call in callers { carry(carried, to: Int(call), &open) }
        }
    }

    private mutating func carry(_ carried: Carried, to call: Int, _ open: inout [Carried]) {
        let function = Int(analysis.functionOfCall[call])
        let place = analysis.substitute(Value(path: carried.place, type: .unknown), at: call)
        let value = analysis.substitute(Value(path: carried.value, type: .unknown), at: call).path
        if isLocal(place.path) { return }
        let type = analysis.types.table.pointee(place.type)
        let fact = analysis.facts.calls[call]
        emit(place.path, type, value, carried.width, (carried.how, carried.bits), function, fact.block, fact.address)
        if isCarried(place.path, type) {
            open.append(
                Carried(
                    place: place.path, value: value, width: carried.width, how: carried.how, bits: carried.bits,
                    function: function, depth: carried.depth + 1))
        }
    }

    /// A word on the function's own stack.
    private func isLocal(_ place: PathID) -> Bool {
        let root = analysis.paths.root(place)
        return analysis.paths[root].kind == .stack && analysis.paths.loads(place) == 0
    }

    /// The callers know what the pointer is of, and the callee does not.
    private func isCarried(_ place: PathID, _ type: TypeID) -> Bool {
        let node = analysis.paths[place]
        guard node.kind == .parameter else { return false }
        return analysis.types.table.structure(type) == nil || analysis.members.isSynchronization(type)
    }

    private mutating func emit(
        _ place: PathID, _ type: TypeID, _ value: PathID, _ width: UInt8,
        _ change: (how: CodeFacts.Store.How, bits: Int64), _ function: Int, _ block: Int32, _ address: UInt64
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
