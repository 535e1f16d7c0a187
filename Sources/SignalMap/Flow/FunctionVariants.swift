/// What functions may do where a call passes constants that their branches hang on.
///
/// A call site's constants are put in for the parameters; a jump that they decide goes one way only, and what no way
/// leads to any more is cut for this call alone. Constants go on with calls that hand the parameter down unchanged.
/// What is not understood cuts nothing: a function in which a value or a jump was lost has no variants, and its own
/// constants count for nothing.
struct FunctionVariants {
    /// What a call makes: not at all, or a variant by its place.
    enum Callee: Hashable {
        case none
        case variant(Int)
    }

    struct Variant: Hashable {
        var function: Int
        /// Of the function, in rising order.
        var cutBlocks: [Int]
        /// By the facts' calls, those with other callees than in the function as it is.
        var calls: [Call]
    }

    struct Call: Hashable {
        var call: Int
        var callee: Callee
    }

    private(set) var variants: [Variant] = []
    /// By call: of the functions as they are.
    private(set) var calls: [Call] = []

    /// Sets of constants of one function; other calls of it count as any call.
    static let limit = 16

    init(_ code: BinaryCode, _ facts: CodeFacts, _ graph: CallGraph) {
        var search = VariantSearch(code, facts, graph)
        search.run()
        let classes = search.classes()
        // Of each class its first member stands for all.
        var places: [Int: Int] = [:]
        var members: [Int] = []
        for (node, number) in classes.enumerated() where number >= 0 && places[number] == nil {
            places[number] = members.count
            members.append(node)
        }
        func callees(of node: Int) -> [Call] {
            search.nodes[node].callees.compactMap { call, callee in
                places[classes[callee]].map { Call(call: call, callee: .variant($0)) }
            }
        }
        for function in facts.functions.indices { calls += callees(of: function) }
        calls.sort { $0.call < $1.call }
        let known = Set(calls)
        for node in members {
            // What the call itself says holds for a variant, too.
            let own = callees(of: node).filter { !known.contains($0) }
            let cut = search.nodes[node].cutJumps.map { Call(call: $0, callee: .none) }
            variants.append(
                Variant(
                    function: search.nodes[node].function, cutBlocks: search.nodes[node].cutBlocks,
                    calls: (own + cut).sorted { $0.call < $1.call }))
        }
    }

    /// The variant that a call of the functions as they are leads to.
    func variant(ofCall call: Int) -> Int? {
        guard case .variant(let place)? = calls.first(with: call, by: \.call)?.callee else { return nil }
        return place
    }

    /// What a variant's call makes where that is another thing than in the function as it is.
    func callee(ofCall call: Int, in variant: Int) -> Callee? {
        variants[variant].calls.first(with: call, by: \.call)?.callee
    }
}
