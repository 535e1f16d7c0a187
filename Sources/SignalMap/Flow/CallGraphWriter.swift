/// Writes down what has settled: an answer for each call, and what others may call.
struct CallGraphWriter {
    private let builder: FlowBuilder
    private let fallback: Fallback
    private(set) var graph: CallGraph
    private var contents: [[CallGraph.Callee]: Range<Int>] = [:]
    private var sets: [CallGraph.TargetSet: Int] = [:]
    /// nil: nothing is left.
    private var fallbackSets: [Filter: Int?] = [:]
    private var cellRanges: [[CallGraph.Cell]: Range<Int>] = [:]
    private let memberCount: FlowGraph.Node
    private var registered: Set<Registration> = []
    private var lostRegistrations: Set<LostRegistration> = []

    /// A function that is handed to code that may call it; without a name where there are too many ways.
    private struct Registration: Hashable {
        var function: Int
        var how: String
        var moment: KnownFunction.Callback.Moment
    }

    private struct LostRegistration: Hashable {
        var prototype: TypeID
        var moment: KnownFunction.Callback.Moment
    }

    /// What is known of a call whose pointer was lost.
    private struct Filter: Hashable {
        var kind: Fallback.Kind
        /// Those that its arguments point to; none where they do not count.
        var structures: [UInt32?]
    }

    init(_ builder: FlowBuilder, _ fallback: Fallback) {
        self.builder = builder
        self.fallback = fallback
        graph = builder.result
        memberCount = builder.firstParameter
    }

    mutating func write() {
        for (index, call) in builder.facts.calls.enumerated() {
            switch call.target {
            case .direct(let target):
                if let callee = builder.callee(target) {
                    add(index, .callee(callee), .direct)
                } else if builder.resolver(of: target) == nil {
                    add(index, .unknown, .any)
                }
            case .system: add(index, .system, .direct)
            case .indirect: break
            }
        }
        for (node, use) in builder.uses.sorted(by: { $0.key < $1.key }) {
            switch use.kind {
            case .escape, .exported: break
            case .call: answer(node, use, isCallback: false)
            case .callback: answer(node, use, isCallback: true)
            case .routine: graph.routines[use.call] = routine(node, use)
            case .later(let name, let moment): callbacks(node, use, name, moment)
            }
        }
        // Calls of procedure linkage tables name symbols that nothing else does.
        graph.symbols = builder.result.symbols
        graph.edges.sort { ($0.call, $0.level) < ($1.call, $1.level) }
        mark()
        writeSlots()
        writeResolved()
        writeCallers()
    }

    private mutating func add(
        _ call: Int, _ destination: CallGraph.Edge.Destination, _ level: CallGraph.Level, isCallback: Bool = false
    ) {
        graph.edges.append(
            CallGraph.Edge(call: call, destination: destination, level: level, isCallback: isCallback))
    }

    // MARK: Sets

    private mutating func range(of callees: [CallGraph.Callee]) -> Range<Int> {
        if let known = contents[callees] { return known }
        let first = graph.targets.count
        graph.targets += callees
        contents[callees] = first..<graph.targets.count
        return first..<graph.targets.count
    }

    private mutating func set(
        _ callees: [CallGraph.Callee], _ level: CallGraph.Level, isOpen: Bool, isShared: Bool = false,
        cells: [CallGraph.Cell] = [],
        slotOffset: Int64? = nil
    ) -> Int {
        let cellRange: Range<Int>
        if cells.isEmpty {
            cellRange = 0..<0
        } else if let known = cellRanges[cells] {
            cellRange = known
        } else {
            cellRange = graph.cells.count..<graph.cells.count + cells.count
            graph.cells += cells
            cellRanges[cells] = cellRange
        }
        let set = CallGraph.TargetSet(
            targets: range(of: callees), level: level, isOpen: isOpen, isShared: isShared, cells: cellRange,
            slotOffset: slotOffset)
        if let known = sets[set] { return known }
        let place = graph.sets.count
        graph.sets.append(set)
        sets[set] = place
        return place
    }

    private mutating func set(_ kind: Fallback.Kind, _ use: FlowBuilder.Use) -> (set: Int, level: CallGraph.Level)? {
        let level = fallback.level(of: kind)
        // Types of arguments tell apart what prototypes cannot.
        let isFiltered: Bool
        switch kind {
        case .prototype: isFiltered = false
        case .escaped(let prototype): isFiltered = !prototype.isKnown && builder.isTyped
        case .offset, .any: isFiltered = builder.isTyped
        }
        // Large binaries have tens of thousands of calls that pass the same few structures.
        var filter = Filter(kind: kind, structures: [])
        if isFiltered, case .call = use.kind { filter.structures = builder.structures(passedBy: use.call) }
        if let known = fallbackSets[filter] { return known.map { ($0, level) } }
        var callees = fallback.callees(kind)
        if !filter.structures.isEmpty { callees = callees.filter { builder.accepts($0, filter.structures) } }
        var place: Int?
        if case .escaped = kind, callees.isEmpty { place = nil } else { place = set(callees, level, isOpen: true) }
        fallbackSets[filter] = .some(place)
        return place.map { ($0, level) }
    }

    // MARK: Calls

    /// What is known to arrive, and what else may where that is not all.
    private mutating func answer(_ node: FlowGraph.Node, _ use: FlowBuilder.Use, isCallback: Bool) {
        if let index = use.virtualSet {
            answer(builder.virtualSets[Int(index)], use, isCallback: isCallback)
            return
        }
        if let name = use.declaredClass {
            // No more than what other binaries know to stand there: the rest is answered as of any pointer.
            let place = set(
                [], .classes, isOpen: false, cells: [.objectClass(name: name, pointer: 0)], slotOffset: use.slotOffset)
            add(use.call, .set(place), .classes, isCallback: isCallback)
        }
        let callees = builder.graph.held[Int(node)].map { CallGraph.Callee(bits: $0) }.sorted()
        let openness = builder.graph.openness[Int(node)]
        let cells = use.cells.compactMap { cell(of: $0) }
        if use.level == .direct, callees.count == 1, openness.isUnderstood, !openness.contains(.handed) {
            add(use.call, .callee(callees[0]), .direct, isCallback: isCallback)
            return
        }
        // A cell of which nothing was seen to be stored: by others, or in a way that was not seen.
        let isUnheard = callees.isEmpty && openness.isUnderstood
        let isOpen = !openness.isUnderstood || isUnheard
        if !callees.isEmpty || !cells.isEmpty {
            let place = set(
                callees, use.level, isOpen: isOpen, isShared: openness.contains(.handed), cells: cells,
                slotOffset: use.slotOffset)
            add(use.call, .set(place), use.level, isCallback: isCallback)
        }
        let kinds = fallbacks(use, openness, isUnheard: isUnheard)
        var isAnswered = !callees.isEmpty || !cells.isEmpty
        for kind in kinds {
            guard let (place, level) = set(kind, use) else { continue }
            add(use.call, .set(place), level, isCallback: isCallback)
            isAnswered = true
        }
        if !isAnswered { add(use.call, .unknown, .any, isCallback: isCallback) }
    }

    private mutating func answer(_ virtual: FlowBuilder.VirtualSet, _ use: FlowBuilder.Use, isCallback: Bool) {
        let cells: [CallGraph.Cell] = virtual.names.map { .objectClass(name: $0, pointer: virtual.key.pointer) }
        let callees = virtual.callees.sorted()
        // Of a class that this binary has no type_info of, others know what derives from it.
        let own = set(
            virtual.isOfClass ? callees : [], .classes, isOpen: virtual.isOfClass && virtual.isIncomplete,
            isShared: virtual.isShared, cells: cells, slotOffset: use.slotOffset)
        add(use.call, .set(own), .classes, isCallback: isCallback)
        if virtual.isOfClass { return }
        add(use.call, .set(set(callees, .offset, isOpen: true)), .offset, isCallback: isCallback)
    }

    /// What else may arrive, from what is known all the same.
    private func fallbacks(
        _ use: FlowBuilder.Use, _ openness: FlowGraph.Openness, isUnheard: Bool
    ) -> [Fallback.Kind] {
        if openness.contains(.lost) || isUnheard || !builder.isTyped && use.level == .table && !use.isResolved {
            if use.prototype.isKnown { return [.prototype(use.prototype)] }
            guard let offset = use.offset, offset >= 0 else { return [.any] }
            // Without types an offset counts from whatever the pointer at hand points to: a guess.
            return builder.isTyped ? [.offset(offset)] : [.offset(offset), .any]
        }
        return openness.isEmpty ? [] : [.escaped(use.prototype)]
    }

    private mutating func routine(_ node: FlowGraph.Node, _ use: FlowBuilder.Use) -> Int {
        let callees = builder.graph.held[Int(node)].map { CallGraph.Callee(bits: $0) }.sorted()
        for callee in callees {
            if let function = callee.function { graph.marks[function].insert(.startRoutine) }
        }
        let openness = builder.graph.openness[Int(node)]
        var all = callees
        var level = use.level
        // One set holds all of a creation's routines: its level is that of the weakest.
        for kind in fallbacks(use, openness, isUnheard: callees.isEmpty) {
            if kind == .any, level == .offset { continue }
            let more = fallback.callees(kind)
            if more.isEmpty { continue }
            all = Set(all).union(more).sorted()
            level = max(level, fallback.level(of: kind))
        }
        return set(
            all, level, isOpen: !openness.isUnderstood || callees.isEmpty, isShared: openness.contains(.handed),
            cells: use.cells.compactMap { cell(of: $0) }, slotOffset: use.slotOffset)
    }

    private mutating func callbacks(
        _ node: FlowGraph.Node, _ use: FlowBuilder.Use, _ name: String, _ moment: KnownFunction.Callback.Moment
    ) {
        /// Once for each way: large engines hand pointers to other modules at thousands of places.
        func register(_ callee: CallGraph.Callee, _ how: String) {
            guard let function = callee.function,
                registered.insert(Registration(function: function, how: how, moment: moment)).inserted
            else { return }
            graph.callbacks.append(CallGraph.Callback(function: function, how: name, moment: moment, call: use.call))
        }
        let held = builder.graph.held[Int(node)]
        // Many functions of one place are told by the first place, as are those that were lost.
        let how = held.count > Self.boundRegistrations ? "" : name
        for bits in held { register(CallGraph.Callee(bits: bits), how) }
        // What is registered was lost: it is among what went where nobody follows.
        if builder.graph.openness[Int(node)].contains(.lost),
            lostRegistrations.insert(LostRegistration(prototype: use.prototype, moment: moment)).inserted
        {
            for callee in fallback.callees(.escaped(use.prototype)) { register(callee, "") }
        }
    }

    private static let boundRegistrations = 64

    // MARK: The rest

    private func cell(of node: FlowGraph.Node) -> CallGraph.Cell? {
        if node < memberCount {
            // The last structure whose members do not begin behind the node.
            let low = builder.firstMember.partition { $0 <= node }
            guard low > 0 else { return nil }
            return .member(
                MemberKey(structure: UInt32(low - 1), member: UInt32(node - builder.firstMember[low - 1])))
        }
        if node < builder.firstReturn {
            let place = Int(node - builder.firstParameter)
            let function = place / FlowBuilder.registers
            guard let name = builder.exportedName(of: function) else { return nil }
            return .parameter(symbol: name, index: place % FlowBuilder.registers)
        }
        switch builder.keys[node] {
        case .variable(let address), .region(let address):
            if let (name, offset) = builder.exportedVariable(holding: address) {
                return .variable(symbol: name, offset: offset)
            }
            return .address(address)
        case .symbol(let name, let offset): return .variable(symbol: name, offset: offset)
        case .parameter(let function, let index):
            return builder.exportedName(of: Int(function)).map { .parameter(symbol: $0, index: Int(index)) }
        default: return nil
        }
    }

    private mutating func mark() {
        for function in builder.takenFunctions { graph.marks[function].insert(.taken) }
        for bits in builder.graph.held[Int(builder.escapeNode)] {
            if let function = CallGraph.Callee(bits: bits).function { graph.marks[function].insert(.escaped) }
        }
        for function in graph.marks.indices where !builder.isCalledFromUnknown[function].isEmpty {
            graph.marks[function].insert(.calledFromUnknown)
        }
        for edge in graph.edges where edge.level == .direct {
            guard case .callee(let callee) = edge.destination, let symbol = callee.symbol,
                KnownFunctions.named(graph.symbols[symbol])?.returnsTwice == true
            else { continue }
            graph.marks[Int(builder.callers[edge.call])].insert(.returnsTwice)
        }
        for word in builder.classes.initializers {
            guard let function = builder.callee(word.callee)?.function else { continue }
            graph.callbacks.append(
                CallGraph.Callback(
                    function: function, how: word.kind == .load ? ".init_array" : ".fini_array",
                    moment: word.kind == .load ? .now : .processExit, call: nil))
        }
        graph.callbacks.sort { ($0.function, $0.how, $0.call ?? -1) < ($1.function, $1.how, $1.call ?? -1) }
    }

    /// What cells hold that other binaries may call through, and what their functions are handed.
    private mutating func writeSlots() {
        for node in 0..<memberCount { writeSlot(node) }
        for node in builder.keys.keys.sorted() {
            switch builder.keys[node] {
            case .variable, .region, .symbol: writeSlot(node)
            default: break
            }
        }
        for (cell, node) in builder.handed.sorted(by: { $0.value < $1.value }) { writeSlot(node, cell) }
    }

    private mutating func writeSlot(_ node: FlowGraph.Node, _ known: CallGraph.Cell? = nil) {
        let callees = builder.graph.held[Int(node)]
        guard !callees.isEmpty, let cell = known ?? cell(of: node) else { return }
        let place = set(
            callees.map { CallGraph.Callee(bits: $0) }.sorted(), .table,
            isOpen: !builder.graph.openness[Int(node)].isUnderstood)
        graph.slots.append((cell, place))
    }

    /// What the names mean that resolvers choose for.
    private mutating func writeResolved() {
        for (name, address) in builder.map.binary.resolvers.sorted(by: { $0.key < $1.key }) {
            guard let resolver = builder.resolver(of: .resolved(by: address)) else { continue }
            let node = builder.returned(resolver)
            let callees = builder.graph.held[Int(node)].map { CallGraph.Callee(bits: $0) }.sorted()
            let isOpen = callees.isEmpty || !builder.graph.openness[Int(node)].isUnderstood
            // What it may choose that is not known is a function whose address somebody takes.
            let all = isOpen ? Set(callees).union(fallback.callees(.any)).sorted() : callees
            graph.resolved[name] = set(all, isOpen ? .any : .table, isOpen: isOpen)
        }
    }

    private mutating func writeCallers() {
        let functions = graph.marks.count
        var counts = [Int](repeating: 0, count: functions + 1)
        func each(_ body: (Int, Int) -> Void) {
            for edge in graph.edges where edge.level <= .classes && !edge.isCallback {
                switch edge.destination {
                case .callee(let callee): if let function = callee.function { body(function, edge.call) }
                case .set(let set):
                    for callee in graph.targets(of: set) {
                        if let function = callee.function { body(function, edge.call) }
                    }
                case .system, .unknown: break
                }
            }
        }
        each { function, _ in counts[function + 1] += 1 }
        for index in counts.indices.dropFirst() { counts[index] += counts[index - 1] }
        graph.firstCaller = counts
        var callers = [Int32](repeating: 0, count: counts.last ?? 0)
        var next = counts
        each { function, call in
            callers[next[function]] = Int32(call)
            next[function] += 1
        }
        graph.callers = callers
    }
}
