/// The parts of functions that do nothing but wait, and the ways out of them.
///
/// A wrapper of a wait may do more than wait, on a way of its own: report an error, call back. Such a call stands for
/// the wait where another way does nothing more, and the loop is marked.
final class WaitRegions {
    private let analysis: ObjectAnalysis
    private let flows: [ControlFlow]
    let pure: PureCode
    /// Calls that wait, wrappers' included.
    private let waitingCalls: Set<Int32>
    private var exitsOfFunction: [Int: [WaitExit]?] = [:]

    private static let maximalDepth = 6
    private static let maximalBlocks = 400
    private static let maximalExits = 64

    init(_ analysis: ObjectAnalysis, _ flows: [ControlFlow], waitingCalls: Set<Int32>) {
        self.analysis = analysis
        self.flows = flows
        self.waitingCalls = waitingCalls
        pure = PureCode(analysis)
    }

    /// The call is one that waits.
    func waits(_ call: Int) -> Bool { waitingCalls.contains(Int32(call)) || pure.waits(call) }

    // MARK: Loops

    /// The blocks of a function with their neighbours, without the ways of exceptions.
    struct Graph {
        var successors: [[Int]]
        var predecessors: [[Int]]
        /// Calls by block.
        var calls: [[Int]]

        /// What can be reached from some blocks by allowed ones.
        func reach(_ start: [Int], _ next: [[Int]], _ isAllowed: (Int) -> Bool) -> Set<Int> {
            var seen: Set<Int> = []
            var open = start
            while let block = open.popLast() {
                guard isAllowed(block), seen.insert(block).inserted else { continue }
                open += next[block]
            }
            return seen
        }

        /// The blocks on cycles through a block by allowed ones; empty where there is none.
        func cycle(around block: Int, _ isAllowed: (Int) -> Bool) -> Set<Int> {
            let forward = reach(successors[block], successors, isAllowed)
            guard forward.contains(block) else { return [] }
            return forward.intersection(reach(predecessors[block], predecessors, isAllowed))
        }

        /// The blocks of a shortest cycle through a block by allowed ones; empty where there is none.
        func shortestCycle(around block: Int, _ isAllowed: (Int) -> Bool) -> Set<Int> {
            var origins: [Int: Int] = [:]
            var open = [block]
            var next = 0
            while next < open.count {
                let from = open[next]
                next += 1
                for successor in successors[from] where isAllowed(successor) && origins[successor] == nil {
                    origins[successor] = from
                    open.append(successor)
                }
            }
            guard var place = origins[block] else { return [] }
            var cycle: Set = [block]
            while cycle.insert(place).inserted, let origin = origins[place] { place = origin }
            return cycle
        }
    }

    func graph(of function: Int) -> Graph {
        let blocks = flows[function].blocks
        var graph = Graph(
            successors: blocks.map(\.successors), predecessors: Array(repeating: [], count: blocks.count),
            calls: Array(repeating: [], count: blocks.count))
        for (index, block) in blocks.enumerated() {
            for next in block.successors { graph.predecessors[next].append(index) }
        }
        for call in analysis.facts.functions[function].calls {
            let block = Int(analysis.facts.calls[call].block)
            if graph.calls.indices.contains(block) { graph.calls[block].append(call) }
        }
        return graph
    }

    struct Cycle {
        var exits: [WaitExit]
        /// A wrapper of the wait may do more on a way of its own, and come back.
        var worksAside: Bool
        /// All that is compared in it.
        var compared: [PathID]
    }

    /// So many loops within each other are told apart.
    private static let maximalNesting = 8

    /// The pure cycles around a block, the innermost first; empty where there is none.
    ///
    /// Who is in one of them leaves it by its exits only, so each of them may show that a thread goes nowhere: the inner
    /// ones by few tests, the outer ones also where the inner ones are left for another wait.
    func pureCycles(around block: Int, _ graph: Graph, _ function: Int) -> [Cycle] {
        let allowed = graph.calls.map { calls in calls.allSatisfy { self.exits(ofCall: $0, 0) != nil } }
        var regions: [Set<Int>] = []
        var blocks = graph.cycle(around: block) { allowed[$0] }
        while !blocks.isEmpty, regions.count < Self.maximalNesting {
            regions.append(blocks)
            // A loop within the loop does not pass where the outer one is entered.
            let entries = blocks.filter { entry in
                entry == flows[function].entry || graph.predecessors[entry].contains { !blocks.contains($0) }
            }
            if entries.isEmpty || entries.contains(block) { break }
            let inner = blocks.subtracting(entries)
            blocks = graph.cycle(around: block) { inner.contains($0) }
        }
        // A loop that is entered in its middle, too, is none that can be peeled out.
        if let last = regions.last {
            let shortest = graph.shortestCycle(around: block) { last.contains($0) }
            if shortest != last { regions.append(shortest) }
        }
        return regions.reversed().map { cycle($0, graph, function) }
    }

    private func cycle(_ cycle: Set<Int>, _ graph: Graph, _ function: Int) -> Cycle {
        let tests = analysis.facts.tests[analysis.facts.functions[function].tests].filter {
            cycle.contains(Int($0.block))
        }
        let calls = cycle.flatMap { graph.calls[$0] }
        return Cycle(
            exits: cycle.sorted().flatMap { exits(from: $0, cycle, graph, function) },
            worksAside: calls.contains { exits(ofCall: $0, 0)?.isEmpty == false },
            compared: tests.flatMap { [$0.left, $0.right] })
    }

    /// The ways out of a region that begin in one of its blocks.
    private func exits(
        from block: Int, _ region: Set<Int>, _ graph: Graph, _ function: Int
    ) -> [WaitExit] {
        var exits: [WaitExit] = []
        let outside = graph.successors[block].filter { !region.contains($0) }
        if outside.isEmpty { return exits }
        let tests = analysis.facts.tests[analysis.facts.functions[function].tests].filter { Int($0.block) == block }
        guard tests.count == 1, let test = tests.first, graph.successors[block].count == 2, outside.count == 1 else {
            exits.append(WaitExit(address: address(of: block, function), test: nil, when: true))
            return exits
        }
        exits.append(
            WaitExit(
                address: test.address,
                test: PathTable.Comparison(
                    condition: test.condition, isMask: test.isMask, width: test.width, left: test.left,
                    right: test.right), when: test.taken.map { Int($0) == outside[0] } ?? false))
        return exits
    }

    private func address(of block: Int, _ function: Int) -> UInt64 {
        analysis.facts.functions[function].calls.lazy.map { self.analysis.facts.calls[$0] }
            .first { Int($0.block) == block }?.address ?? 0
    }

    // MARK: Wrappers

    /// The ways on which a call does more than wait, in the terms of its function; nil where it always does.
    private func exits(ofCall call: Int, _ depth: Int) -> [WaitExit]? {
        if pure.isPure(call) { return [] }
        guard case .function(let callee) = analysis.callees[call], waitingCalls.contains(Int32(call)),
            depth < Self.maximalDepth, let exits = exits(of: Int(callee), depth + 1)
        else { return nil }
        var found: [WaitExit] = []
        for var exit in exits {
            if let test = exit.test {
                var carried = test
                carried.left = analysis.substitute(Value(path: test.left, type: .unknown), at: call).path
                carried.right = analysis.substitute(Value(path: test.right, type: .unknown), at: call).path
                exit.test = carried
                let left = analysis.paths[carried.left]
                let right = analysis.paths[carried.right]
                // A way that this caller's arguments rule out.
                if left.kind == .number, right.kind == .number, let holds = carried.holds(left.value, right.value),
                    holds != exit.when
                {
                    continue
                }
            }
            found.append(exit)
        }
        return found
    }

    /// The ways on which a function does more than wait; nil where it has no way from its entry to its end that does
    /// nothing more.
    private func exits(of function: Int, _ depth: Int) -> [WaitExit]? {
        if let known = exitsOfFunction[function] { return known }
        // Recursion is no wrapper.
        exitsOfFunction[function] = .some(nil)
        let found = findExits(of: function, depth)
        exitsOfFunction[function] = .some(found)
        return found
    }

    private func findExits(of function: Int, _ depth: Int) -> [WaitExit]? {
        guard function < flows.count, flows[function].blocks.count <= Self.maximalBlocks else { return nil }
        let graph = graph(of: function)
        let allowed = graph.calls.map { calls in calls.allSatisfy { self.exits(ofCall: $0, depth) != nil } }
        let ends = flows[function].exits.compactMap { exit -> Int? in
            switch exit.kind {
            case .return, .tailCall: exit.block
            case .indirect, .runsOut: nil
            }
        }
        let forward = graph.reach([flows[function].entry], graph.successors) { allowed[$0] }
        let region = forward.intersection(graph.reach(ends, graph.predecessors) { allowed[$0] })
        guard region.contains(flows[function].entry) else { return nil }
        let inner = region.sorted().flatMap { graph.calls[$0].flatMap { exits(ofCall: $0, depth) ?? [] } }
        let found = inner + region.sorted().flatMap { exits(from: $0, region, graph, function) }
        return found.count <= Self.maximalExits ? found : nil
    }
}
