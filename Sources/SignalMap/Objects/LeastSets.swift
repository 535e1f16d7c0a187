/// The least sets that fulfil equations which refer to each other, found when they are asked for and each once: those
/// that depend on each other in a circle (a strongly connected component, by Tarjan's algorithm) are found together.
///
/// Elements are small numbers; 0 is what is not known.
struct LeastSets {
    /// What a set that goes into another becomes on the way.
    enum Change: Hashable {
        case none
        /// Handed to `change`.
        case call(UInt64)
        case leaving(Int32)
        case hidden(Int32)
        case renamed(Int32, UInt64)
    }

    struct Input {
        var node: Int32
        var change = Change.none
    }

    /// The elements of a set, and the sets that go into it.
    struct Equation {
        var elements: [UInt32] = []
        var inputs: [Input] = []
        /// A set with something unknown in it is nothing but unknown.
        var isStrict = false
    }

    /// Larger sets count as unknown.
    static let maximalCount = 64
    static let unknown: [UInt32] = [0]

    /// Sorted; of those that were found.
    private var values: [[UInt32]] = []
    /// The set is unknown and stays so.
    private var isCut: [Bool] = []
    private var states: [State] = []
    /// Sets that were put into others: the work that was done.
    private(set) var steps = 0

    private struct State {
        var order: Int32 = -1
        var low: Int32 = -1
        var isFound = false
    }

    private struct Frame {
        var node: Int32
        var next = 0
    }

    /// The set of a node. `equation` and `change` say the same each time; `change` is never asked of unknown.
    mutating func value(
        of node: Int32, _ equation: (Int32) -> Equation, _ change: (UInt32, Change) -> UInt32
    ) -> [UInt32] {
        grow(to: node)
        if states[Int(node)].isFound { return values[Int(node)] }
        var equations: [Int32: Equation] = [:]
        var order: Int32 = 0
        var path: [Int32] = []
        var frames: [Frame] = []
        func enter(_ node: Int32) {
            grow(to: node)
            states[Int(node)].order = order
            states[Int(node)].low = order
            order += 1
            path.append(node)
            equations[node] = equation(node)
            frames.append(Frame(node: node))
        }
        enter(node)
        while let frame = frames.last {
            let inputs = equations[frame.node]?.inputs ?? []
            if frame.next < inputs.count {
                frames[frames.count - 1].next += 1
                let input = inputs[frame.next].node
                grow(to: input)
                let state = states[Int(input)]
                if state.order < 0 {
                    enter(input)
                } else if !state.isFound {
                    states[Int(frame.node)].low = min(states[Int(frame.node)].low, state.order)
                }
                continue
            }
            frames.removeLast()
            let state = states[Int(frame.node)]
            if let outer = frames.last { states[Int(outer.node)].low = min(states[Int(outer.node)].low, state.low) }
            guard state.low == state.order, let start = path.lastIndex(of: frame.node) else { continue }
            solve(path[start...], &equations, change)
            path.removeSubrange(start...)
        }
        return values[Int(node)]
    }

    private mutating func grow(to node: Int32) {
        let missing = Int(node) + 1 - states.count
        guard missing > 0 else { return }
        states += [State](repeating: State(), count: missing)
        values += [[UInt32]](repeating: [], count: missing)
        isCut += [Bool](repeating: false, count: missing)
    }

    /// Sets that depend on each other, on themselves, or on none that is not found.
    private mutating func solve(
        _ nodes: ArraySlice<Int32>, _ equations: inout [Int32: Equation], _ change: (UInt32, Change) -> UInt32
    ) {
        var outputs: [Int32: [Input]] = [:]
        var isStrict: Set<Int32> = []
        for node in nodes {
            guard let equation = equations.removeValue(forKey: node) else { continue }
            if equation.isStrict { isStrict.insert(node) }
            _ = put(equation.elements.sorted(), .none, into: node, equation.isStrict, change)
            for input in equation.inputs {
                if states[Int(input.node)].isFound {
                    _ = put(values[Int(input.node)], input.change, into: node, equation.isStrict, change)
                } else {
                    outputs[input.node, default: []].append(Input(node: node, change: input.change))
                }
            }
        }
        if !outputs.isEmpty {
            var open = Array(nodes)
            var isOpen = Set(nodes)
            while let node = open.popLast() {
                isOpen.remove(node)
                let value = values[Int(node)]
                for output in outputs[node] ?? [] {
                    let changed = put(value, output.change, into: output.node, isStrict.contains(output.node), change)
                    if changed, isOpen.insert(output.node).inserted { open.append(output.node) }
                }
            }
        }
        for node in nodes { states[Int(node)].isFound = true }
    }

    /// Whether that changed the set of `node`.
    private mutating func put(
        _ elements: [UInt32], _ kind: Change, into node: Int32, _ isStrict: Bool,
        _ change: (UInt32, Change) -> UInt32
    ) -> Bool {
        steps += 1
        if isCut[Int(node)] || elements.isEmpty { return false }
        if isStrict, elements[0] == 0 { return cut(node) }
        var incoming = elements
        if kind != .none {
            incoming = elements.map { $0 == 0 ? 0 : change($0, kind) }
            incoming.sort()
        }
        var merged: [UInt32] = []
        let known = values[Int(node)]
        merged.reserveCapacity(known.count + incoming.count)
        var left = 0
        var right = 0
        while left < known.count || right < incoming.count {
            let element: UInt32
            if right == incoming.count || (left < known.count && known[left] <= incoming[right]) {
                element = known[left]
                left += 1
            } else {
                element = incoming[right]
                right += 1
            }
            if merged.last != element { merged.append(element) }
        }
        if merged.count > Self.maximalCount { return cut(node) }
        if merged.count == known.count { return false }
        values[Int(node)] = merged
        return true
    }

    private mutating func cut(_ node: Int32) -> Bool {
        isCut[Int(node)] = true
        values[Int(node)] = Self.unknown
        return true
    }
}
