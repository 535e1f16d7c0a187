/// The loops around waits, and what each is left on.
struct Predicates {
    /// By call, the innermost first.
    private(set) var loops: [WaitLoop] = []
    private let analysis: ObjectAnalysis
    private let regions: WaitRegions

    private static let maximalDepth = 6
    private static let maximalPredicates = 64

    /// `flows` are those of the facts' functions.
    init(_ analysis: ObjectAnalysis, _ flows: [ControlFlow], _ operations: ObjectOperations) {
        self.analysis = analysis
        regions = WaitRegions(analysis, flows, waitingCalls: operations.waitingCalls)
        for (function, fact) in analysis.facts.functions.enumerated() where function < flows.count {
            let waits = fact.calls.filter { regions.waits($0) }
            if waits.isEmpty { continue }
            let graph = regions.graph(of: function)
            for call in waits { add(call, function, graph) }
        }
    }

    private mutating func add(_ call: Int, _ function: Int, _ graph: WaitRegions.Graph) {
        var loop = WaitLoop(call: Int32(call), function: Int32(function), kind: .none)
        let block = Int(analysis.facts.calls[call].block)
        guard graph.successors.indices.contains(block) else {
            // Where it stands is not known.
            loop.kind = .working
            loops.append(loop)
            return
        }
        let cycles = regions.pureCycles(around: block, graph, function)
        if cycles.isEmpty {
            loop.kind = graph.cycle(around: block) { _ in true }.isEmpty ? .none : .working
            loops.append(loop)
            return
        }
        loop.kind = .pure
        for cycle in cycles {
            var loop = loop
            loop.worksAside = cycle.worksAside
            for exit in cycle.exits { classify(exit, cycle, &loop) }
            loops.append(loop)
        }
    }

    /// What a test hangs on.
    private struct Inputs {
        var cells: [PathID] = []
        var hangsOnResult = false
        var hangsOnOther = false
        /// The value that is tested is exactly what the one cell holds.
        var isPlain = true
    }

    private func classify(_ exit: WaitExit, _ cycle: WaitRegions.Cycle, _ loop: inout WaitLoop) {
        guard var test = exit.test else {
            loop.leavesOtherwise = true
            return
        }
        var inputs = Inputs()
        gather(test.left, 0, &inputs)
        var when = exit.when
        // What a function returns that compares, compared with 0.
        if let inner = outcome(test), let taken = inner.taken {
            test = inner.test
            if !taken { when.toggle() }
            inputs = Inputs()
            gather(test.left, 0, &inputs)
        }
        let right = analysis.paths[test.right]
        let isOwnMask = test.isMask && test.left == test.right
        if right.kind != .number && !isOwnMask { gather(test.right, 0, &inputs) }
        if isLeft(on: test, when) {
            // A number that some way through the loop chose: whatever is compared there decides.
            inputs.isPlain = false
            for path in cycle.compared { gather(path, 1, &inputs) }
        }
        if inputs.hangsOnResult { loop.leavesOnResult = true }
        if inputs.hangsOnOther || inputs.cells.isEmpty && !inputs.hangsOnResult {
            // A test of numbers alone is decided elsewhere.
            loop.leavesOtherwise = true
        }
        let isPlain =
            inputs.isPlain && inputs.cells.count == 1 && !inputs.hangsOnResult && (right.kind == .number || isOwnMask)
            && analysis.paths[test.left].kind == .load
        for cell in inputs.cells {
            let node = analysis.paths[cell]
            let place = analysis.paths.place(ofLoad: cell)
            for identity in analysis.identities.identities(
                of: place, node.type, in: Int(loop.function), isObject: false)
            {
                guard loop.predicates.count < Self.maximalPredicates else {
                    loop.leavesOtherwise = true
                    return
                }
                let predicate = WaitPredicate(
                    address: exit.address, identity: identity,
                    keys: analysis.identities.table[identity].hops[0].keys,
                    condition: isPlain ? test.condition : WaitPredicate.anyCondition,
                    isMask: isPlain && test.isMask && !isOwnMask, leavesWhen: when, width: test.width,
                    constant: isPlain ? (isOwnMask ? 0 : right.value) : nil)
                if !loop.predicates.contains(predicate) { loop.predicates.append(predicate) }
            }
        }
    }

    /// Whether a number that the tested value may be leads out of the loop.
    private func isLeft(on test: PathTable.Comparison, _ when: Bool) -> Bool {
        let right = analysis.paths[test.right]
        let isOwnMask = test.isMask && test.left == test.right
        return analysis.paths.alternatives(test.left).contains { path in
            let left = analysis.paths[path]
            guard left.kind == .number else { return false }
            guard right.kind == .number || isOwnMask else { return true }
            return test.holds(left.value, isOwnMask ? left.value : right.value).map { $0 == when } ?? true
        }
    }

    /// The comparison whose outcome a test looks at, and whether the test holds when the comparison does.
    private func outcome(_ test: PathTable.Comparison) -> (test: PathTable.Comparison, taken: Bool?)? {
        guard test.condition & 14 == 4 else { return nil }
        let right = analysis.paths[test.right]
        let isZero = test.isMask ? test.left == test.right : right.kind == .number && right.value == 0
        guard isZero else { return nil }
        let resolved = analysis.returned.resolve(test.left)
        guard resolved.count == 1, let inner = analysis.paths.comparison(resolved[0]) else { return nil }
        // Equal to 0: the comparison does not hold.
        return (inner, test.condition == 5)
    }

    /// The cells, results and other things that a value is made of.
    private func gather(_ path: PathID, _ depth: Int, _ inputs: inout Inputs) {
        guard depth < Self.maximalDepth else {
            inputs.hangsOnOther = true
            return
        }
        let node = analysis.paths[path]
        switch node.kind {
        case .number: break
        case .load:
            if analysis.paths[analysis.paths.root(path)].kind == .stack, analysis.paths.loads(path) == 1 {
                inputs.hangsOnOther = true
            } else if !inputs.cells.contains(path) {
                inputs.cells.append(path)
            }
        case .alternatives, .derived:
            inputs.isPlain = false
            for member in Array(analysis.paths.sets[Int(node.base.index)]) {
                gather(member, depth + 1, &inputs)
            }
        case .comparison:
            inputs.isPlain = false
            guard let comparison = analysis.paths.comparison(path) else { break }
            gather(comparison.left, depth + 1, &inputs)
            gather(comparison.right, depth + 1, &inputs)
        case .field, .element:
            inputs.isPlain = false
            gather(node.base, depth + 1, &inputs)
        case .result: gatherResult(node, depth, &inputs)
        default:
            inputs.isPlain = false
            inputs.hangsOnOther = true
        }
    }

    private func gatherResult(
        _ node: AccessPath, _ depth: Int, _ inputs: inout Inputs
    ) {
        inputs.isPlain = inputs.isPlain && depth == 0
        guard let call = analysis.call(at: UInt64(bitPattern: node.value)) else {
            inputs.hangsOnOther = true
            return
        }
        if regions.waits(call) || isLock(call) {
            inputs.isPlain = false
            inputs.hangsOnResult = true
            return
        }
        guard case .function(let callee) = analysis.callees[call], regions.pure.isPure(call) else {
            inputs.hangsOnOther = true
            return
        }
        // A function that tests for the loop: what it returns, and what it tests on the way to that.
        inputs.isPlain = false
        let fact = analysis.facts.functions[Int(callee)]
        var read: [PathID] = analysis.facts.returned[fact.returns].map(\.path)
        for test in analysis.facts.tests[fact.tests] { read += [test.left, test.right] }
        for path in read {
            let value = analysis.substitute(Value(path: path, type: .unknown), at: call)
            gather(value.path, depth + 1, &inputs)
        }
        if read.isEmpty { inputs.hangsOnOther = true }
    }

    private func isLock(_ call: Int) -> Bool {
        guard case .known(let index) = analysis.callees[call] else { return false }
        switch analysis.known[Int(index)].function.primitive?.operation {
        case .acquire, .tryAcquire, .release: return true
        default: return false
        }
    }
}
