/// Follows constants from the calls that pass them, from function to function. Nodes are functions with what is known of
/// their parameters; the first are the functions as they are, of which nothing is.
struct VariantSearch {
    struct Node {
        var function: Int
        /// Blocks of the function that cannot be taken, in rising order.
        var cutBlocks: [Int] = []
        /// By the facts' calls: jumps to other functions that are not made, out of blocks that can be taken.
        var cutJumps: [Int] = []
        /// Direct calls that are made, with the nodes of what they call; those of functions as they are left out.
        var callees: [(call: Int, node: Int)] = []
        /// Some call or store is cut.
        var isLess = false
    }

    private struct Key: Hashable {
        var function: Int
        /// By parameter.
        var constants: [Int64?]
    }

    private let code: BinaryCode
    private let facts: CodeFacts
    private(set) var nodes: [Node] = []
    private var keys: [Key] = []
    private var places: [Key: Int] = [:]
    private var counts: [Int]
    /// By function, the branches that parameters decide, by block; empty where anything was lost.
    private var branches: [[Int: ParameterBranch]] = []
    /// By function: nothing was lost, so that what is known of its values holds on all ways.
    private var isUnderstood: [Bool] = []
    /// By function, a bit for each parameter that some branch hangs on, its own or of a function it is handed to.
    private var decisive: [UInt8] = []
    /// By call, the function that it calls and nothing else; -1: none.
    private var callee: [Int32]
    private static let parameters = Interpreter.argumentRegisters.count
    private let nothing: [Int64?]

    init(_ code: BinaryCode, _ facts: CodeFacts, _ graph: CallGraph) {
        self.code = code
        self.facts = facts
        counts = [Int](repeating: 0, count: facts.functions.count)
        callee = [Int32](repeating: -1, count: facts.calls.count)
        nothing = [Int64?](repeating: nil, count: Self.parameters)
        // A call with several answers may lead elsewhere with the same arguments.
        var last = -1
        for edge in graph.edges {
            let isOnly = edge.call != last
            last = edge.call
            guard isOnly, edge.level == .direct, !edge.isCallback, case .callee(let target) = edge.destination,
                let function = target.function
            else {
                callee[edge.call] = -1
                continue
            }
            callee[edge.call] = Int32(function)
        }
        for (index, function) in facts.functions.enumerated() {
            let flow = code.flows[index]
            let isKnown =
                function.marks.isEmpty && !flow.hasGuessedEdges && !flow.blocks.isEmpty
                && !graph.marks[index].contains(.returnsTwice)
            isUnderstood.append(isKnown)
            var mine: [Int: ParameterBranch] = [:]
            if isKnown {
                for test in facts.tests[function.tests] {
                    mine[Int(test.block)] = ParameterBranch(test, facts.paths, flow, code.map)
                }
            }
            branches.append(mine)
            decisive.append(mine.values.reduce(0) { $0 | 1 << UInt8($1.parameter) })
        }
        spreadDecisive()
    }

    private func argument(_ index: Int, of call: Int) -> AccessPath? {
        let arguments = facts.calls[call].arguments
        guard index < arguments.count else { return nil }
        return facts.paths[facts.arguments[arguments.lowerBound + index].path]
    }

    /// A parameter that is handed on to where it decides something decides something, too.
    private mutating func spreadDecisive() {
        var isChanged = true
        while isChanged {
            isChanged = false
            for (function, fact) in facts.functions.enumerated() where isUnderstood[function] {
                for call in fact.calls where callee[call] >= 0 && decisive[Int(callee[call])] != 0 {
                    for index in 0..<Self.parameters where decisive[Int(callee[call])] & (1 << UInt8(index)) != 0 {
                        guard let node = argument(index, of: call), node.kind == .parameter, node.value >= 0,
                            node.value < Int64(Self.parameters), decisive[function] & (1 << UInt8(node.value)) == 0
                        else { continue }
                        decisive[function] |= 1 << UInt8(node.value)
                        isChanged = true
                    }
                }
            }
        }
    }

    // MARK: The search

    mutating func run() {
        for function in facts.functions.indices {
            keys.append(Key(function: function, constants: nothing))
            nodes.append(Node(function: function))
        }
        var next = 0
        while next < keys.count {
            if isUnderstood[keys[next].function] { expand(next) }
            next += 1
        }
    }

    private mutating func expand(_ place: Int) {
        let key = keys[place]
        let function = facts.functions[key.function]
        var node = Node(function: key.function)
        var isTaken: [Bool] = []
        var cutJumps: Set<UInt64> = []
        if key.constants != nothing {
            (isTaken, cutJumps) = taken(key)
            node.cutBlocks = isTaken.indices.filter { !isTaken[$0] }
            node.isLess = facts.stores[function.stores].contains { !isTaken[Int($0.block)] }
        }
        for call in function.calls {
            let fact = facts.calls[call]
            if !isTaken.isEmpty, !isTaken[Int(fact.block)] {
                node.isLess = true
            } else if cutJumps.contains(fact.address) {
                node.isLess = true
                node.cutJumps.append(call)
            } else if callee[call] >= 0, let target = self.node(Int(callee[call]), call, key) {
                node.callees.append((call, target))
            }
        }
        nodes[place] = node
    }

    /// The node of a function as a call with these constants calls it; nil: as it is.
    private mutating func node(_ function: Int, _ call: Int, _ caller: Key) -> Int? {
        guard decisive[function] != 0 else { return nil }
        var constants = nothing
        for index in 0..<Self.parameters where decisive[function] & (1 << UInt8(index)) != 0 {
            guard let value = argument(index, of: call) else { continue }
            switch value.kind {
            case .number: constants[index] = value.value
            case .parameter where value.value >= 0 && value.value < Int64(Self.parameters):
                // It may be the lower bytes alone that are handed on.
                if let known = caller.constants[Int(value.value)], ParameterBranch.isSmall(known) {
                    constants[index] = known
                }
            default: break
            }
        }
        if constants == nothing { return nil }
        let key = Key(function: function, constants: constants)
        if let place = places[key] { return place }
        guard isUnderstood[function], counts[function] < FunctionVariants.limit else { return nil }
        counts[function] += 1
        places[key] = nodes.count
        keys.append(key)
        nodes.append(Node(function: function))
        return nodes.count - 1
    }

    /// Which blocks some way leads to, and the jumps to other functions that are not made on them, by their addresses.
    private func taken(_ key: Key) -> (blocks: [Bool], cutJumps: Set<UInt64>) {
        let flow = code.flows[key.function]
        // What no way was seen to lead to stays as it is.
        var isTaken = flow.blocks.map { !$0.isReachable }
        var cutJumps: Set<UInt64> = []
        var open = [flow.entry]
        isTaken[flow.entry] = true
        while let index = open.popLast() {
            let block = flow.blocks[index]
            var successors = block.successors
            if let branch = branches[key.function][index], let value = key.constants[branch.parameter],
                let jumps = branch.isTaken(value)
            {
                if jumps {
                    successors = branch.taken.map { [$0] } ?? []
                } else {
                    successors = branch.other.map { [$0] } ?? []
                    if branch.taken == nil { cutJumps.insert(branch.address) }
                }
            }
            for next in successors + block.landingPads where !isTaken[next] {
                isTaken[next] = true
                open.append(next)
            }
        }
        return (isTaken, cutJumps)
    }

    // MARK: What is alike

    /// By node, a number that nodes share which do the same; -1 of what does no less than the function as it is.
    func classes() -> [Int] {
        var isLess = nodes.map(\.isLess)
        var isChanged = true
        while isChanged {
            isChanged = false
            for place in facts.functions.count..<nodes.count where !isLess[place] {
                // A call that passes the constant itself passes it from everywhere.
                let own = Dictionary(uniqueKeysWithValues: nodes[nodes[place].function].callees)
                if nodes[place].callees.contains(where: { isLess[$0.node] && own[$0.call] != $0.node }) {
                    isLess[place] = true
                    isChanged = true
                }
            }
        }
        struct Shape: Hashable {
            var number: Int
            var function: Int
            var cutBlocks: [Int]
            var cutJumps: [Int]
            var callees: [[Int]]
        }
        var numbers = isLess.indices.map { isLess[$0] && $0 >= facts.functions.count ? 0 : -1 }
        var count = 0
        while true {
            var known: [Shape: Int] = [:]
            var next = numbers
            for (place, node) in nodes.enumerated() where numbers[place] >= 0 {
                let callees = node.callees.filter { numbers[$0.node] >= 0 }.map { [$0.call, numbers[$0.node]] }
                let shape = Shape(
                    number: numbers[place], function: node.function, cutBlocks: node.cutBlocks,
                    cutJumps: node.cutJumps, callees: callees)
                let number = known[shape] ?? known.count
                known[shape] = number
                next[place] = number
            }
            numbers = next
            if known.count == count { return numbers }
            count = known.count
        }
    }
}
