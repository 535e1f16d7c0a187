/// What a call may reach whose pointer was lost on the way, by what is known of it all the same.
///
/// Sets are made once for each of the few things that may be known.
final class Fallback {
    enum Kind: Hashable {
        /// Functions of this prototype whose address is taken.
        case prototype(TypeID)
        /// Functions stored at this offset of anything.
        case offset(Int64)
        case any
        /// Functions of this prototype that went where nobody follows; of any where it is not known.
        case escaped(TypeID)
    }

    let builder: FlowBuilder
    private let escaped: [CallGraph.Callee]
    private let taken: [CallGraph.Callee]
    private var byPrototype: [TypeID: [CallGraph.Callee]] = [:]
    private var untyped: [CallGraph.Callee] = []
    private var made: [Kind: [CallGraph.Callee]] = [:]

    /// Once everything has settled.
    init(_ builder: FlowBuilder) {
        self.builder = builder
        escaped = builder.graph.held[Int(builder.escapeNode)].map { CallGraph.Callee(bits: $0) }.sorted()
        taken = builder.takenFunctions.map { .function($0) }
        for callee in taken {
            if let function = callee.function, let prototype = builder.prototype(of: function) {
                byPrototype[prototype, default: []].append(callee)
            } else {
                untyped.append(callee)
            }
        }
    }

    func level(of kind: Kind) -> CallGraph.Level {
        switch kind {
        case .prototype: .prototype
        case .offset: .offset
        case .any: .any
        case .escaped(let prototype): prototype.isKnown ? .prototype : .any
        }
    }

    /// Sorted.
    func callees(_ kind: Kind) -> [CallGraph.Callee] {
        if let known = made[kind] { return known }
        var all: Set<CallGraph.Callee> = []
        switch kind {
        case .prototype(let prototype):
            all.formUnion(byPrototype[prototype] ?? [])
            all.formUnion(untyped)
            all.formUnion(callees(.escaped(prototype)))
        case .offset(let offset):
            all.formUnion(builder.byOffset[offset, default: []].map { CallGraph.Callee(bits: $0) })
            all.formUnion(builder.unplaced.map { CallGraph.Callee(bits: $0) })
            all.formUnion(builder.entries(at: offset))
            all.formUnion(escaped)
        case .any:
            all.formUnion(taken)
            all.formUnion(escaped)
        case .escaped(let prototype):
            for callee in escaped {
                guard prototype.isKnown, let function = callee.function,
                    let own = builder.prototype(of: function)
                else {
                    all.insert(callee)
                    continue
                }
                if own == prototype { all.insert(callee) }
            }
        }
        let sorted = all.sorted()
        made[kind] = sorted
        return sorted
    }
}
