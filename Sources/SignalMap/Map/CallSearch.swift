import SignalMapABI

/// What a function may lead to, over calls and over the threads that it creates, by the surest ways.
///
/// A way is the better the fewer weak edges it has: one edge of "any function whose address is taken" counts more than
/// sixty direct calls. Each list of targets is followed from the nearest of its calls.
package struct CallSearch {
    /// How a function is reached.
    package struct Step {
        /// Numbers of the set.
        package var from: Int
        /// Into the calls of the map of `from`.
        package var call: UInt32
        package var level: UInt8
        /// Not called: run by a thread that the call creates.
        package var isCreation: Bool
    }

    private let set: SignalMapSet
    /// By number; nil for the roots and for what is not reached.
    private(set) var steps: [Step?]
    /// By number; `.max` for what is not reached.
    package private(set) var costs: [UInt32]
    /// In the order of their cost.
    package private(set) var reached: [Int] = []
    /// Calls on the way that may lead to what is not in the maps: code of other binaries, calls that are not understood.
    private(set) var outside: Set<String> = []
    private(set) var notUnderstood = 0

    private var queue = NumberHeap()
    /// By map and list of targets, what the nearest of its calls costs.
    private var listCosts: [[UInt32: UInt32]]

    static func cost(ofLevel level: UInt8) -> UInt32 {
        switch dwm_level(rawValue: UInt32(level)) {
        case DWM_DIRECT: 1
        case DWM_TABLE, DWM_PARAMETER: 2
        case DWM_CLASS: 4
        case DWM_PROTOTYPE: 24
        case DWM_OFFSET: 40
        default: 64
        }
    }

    package init(_ set: SignalMapSet, from roots: [SignalMapSet.Function], followsCreations: Bool) {
        self.set = set
        steps = [Step?](repeating: nil, count: set.functionCount)
        costs = [UInt32](repeating: .max, count: set.functionCount)
        listCosts = Array(repeating: [:], count: set.maps.count)
        for root in roots {
            costs[set.number(root)] = 0
            push(0, set.number(root))
        }
        while let (key, number) = queue.pop() {
            if UInt32(key >> 32) > costs[number] { continue }
            reached.append(number)
            expand(number, followsCreations)
        }
    }

    /// The cheapest first; of those that cost the same the one of the lowest number.
    private mutating func push(_ cost: UInt32, _ number: Int) {
        queue.push(UInt64(cost) << 32 | UInt64(UInt32(truncatingIfNeeded: number)), number)
    }

    private mutating func expand(_ number: Int, _ followsCreations: Bool) {
        let function = set.function(numbered: number)
        let map = set.maps[function.map]
        for index in map.calls(ofFunction: function.index) {
            let call = map.calls[index]
            let step = Step(from: number, call: UInt32(index), level: call.level, isCreation: false)
            switch dwm_call_kind(rawValue: UInt32(call.kind)) {
            case DWM_CALL_FUNCTION: reach(SignalMapSet.Function(map: function.map, index: call.target), step)
            case DWM_CALL_SYMBOL: reach(symbol: call.target, function.map, step)
            case DWM_CALL_TARGETS: reach(set: call.target, function.map, step)
            case DWM_CALL_SYSTEM: break
            default: notUnderstood += 1
            }
        }
        guard followsCreations else { return }
        for index in map.operations(ofFunction: function.index) {
            let operation = map.operations[index]
            guard operation.action == UInt8(DWM_CREATE.rawValue) else { continue }
            let level = map.targetSet(operation.targets)?.level ?? 0
            reach(
                set: operation.targets, function.map,
                Step(from: number, call: operation.call, level: level, isCreation: true))
        }
    }

    private func cost(of step: Step) -> UInt32 {
        costs[step.from] &+ Self.cost(ofLevel: step.level) &+ (step.isCreation ? 8 : 0)
    }

    private mutating func reach(_ function: SignalMapSet.Function, _ step: Step) {
        guard function.index < set.maps[function.map].functions.count else { return }
        let number = set.number(function)
        let cost = cost(of: step)
        guard cost < costs[number] else { return }
        costs[number] = cost
        steps[number] = step
        push(cost, number)
    }

    private mutating func reach(symbol: UInt32, _ map: Int, _ step: Step) {
        if let function = set.function(symbol: symbol, in: map) {
            reach(function, step)
        } else if let name = set.maps[map].string(symbol) {
            outside.insert(name)
        }
    }

    private mutating func reach(set place: UInt32, _ map: Int, _ step: Step) {
        guard let record = set.maps[map].targetSet(place) else {
            notUnderstood += 1
            return
        }
        if record.is_open != 0 { notUnderstood += 1 }
        var step = step
        step.level = max(step.level, record.level)
        let cost = cost(of: step)
        guard cost < listCosts[map][record.list] ?? .max else { return }
        listCosts[map][record.list] = cost
        for target in set.maps[map].targets(ofList: record.list) {
            if target & DWM_IMPORTED != 0 {
                reach(symbol: target & ~DWM_IMPORTED, map, step)
            } else {
                reach(SignalMapSet.Function(map: map, index: target), step)
            }
        }
    }

    /// The steps from a root to a function, in order.
    package func way(to number: Int) -> [Step] {
        var way: [Step] = []
        var number = number
        // Costs fall on the way, so that it ends.
        while let step = steps[number] {
            way.append(step)
            number = step.from
        }
        return way.reversed()
    }
}
