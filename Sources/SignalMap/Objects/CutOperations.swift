/// Which operations were lifted to calls that never come to them: the constants of the call cut the way.
struct CutOperations {
    private struct Place: Hashable {
        var function: Int
        /// As it is: -1.
        var variant: Int
    }

    private struct Question: Hashable {
        var variant: Int
        var origin: Int32
    }

    private let variants: FunctionVariants
    private let analysis: ObjectAnalysis
    private var known: [Question: Bool] = [:]

    init(_ variants: FunctionVariants, _ analysis: ObjectAnalysis) {
        self.variants = variants
        self.analysis = analysis
    }

    /// A call of a function as it is cuts nothing here: further up, a caller's constants do.
    mutating func contains(_ operation: ObjectOperation) -> Bool {
        guard operation.flags.contains(.lifted), operation.origin != operation.call,
            let variant = variants.variant(ofCall: Int(operation.call))
        else { return false }
        let question = Question(variant: variant, origin: operation.origin)
        if let answer = known[question] { return answer }
        let answer = !reaches(operation.origin, from: variant)
        known[question] = answer
        return answer
    }

    /// Whether direct calls lead from a variant to a call: what operations are lifted along.
    private func reaches(_ origin: Int32, from variant: Int) -> Bool {
        let end = Int(analysis.functionOfCall[Int(origin)])
        let start = Place(function: variants.variants[variant].function, variant: variant)
        var seen: Set<Place> = [start]
        var open = [start]
        while let place = open.popLast() {
            let cut = place.variant < 0 ? [] : Set(variants.variants[place.variant].cutBlocks)
            func isCut(_ call: Int) -> Bool {
                if cut.contains(Int(analysis.facts.calls[call].block)) { return true }
                guard place.variant >= 0 else { return false }
                return variants.callee(ofCall: call, in: place.variant) == .some(.none)
            }
            if place.function == end, !isCut(Int(origin)) { return true }
            for call in analysis.facts.functions[place.function].calls where !isCut(call) {
                guard case .function(let callee) = analysis.callees[call] else { continue }
                var next = Place(function: Int(callee), variant: variants.variant(ofCall: call) ?? -1)
                if place.variant >= 0, case .variant(let mine)? = variants.callee(ofCall: call, in: place.variant) {
                    next.variant = mine
                }
                if seen.insert(next).inserted { open.append(next) }
            }
        }
        return false
    }
}
