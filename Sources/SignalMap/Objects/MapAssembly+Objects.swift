import SignalMapABI

// What is done to objects, as records.
extension MapAssembly {
    /// Adds operations, identities, stores, loops and sources. Calls must have been added before; `graph` tells what
    /// creations run.
    mutating func add(
        _ analysis: ObjectAnalysis, _ operations: ObjectOperations, _ stores: CellStores, _ predicates: Predicates,
        _ graph: CallGraph, _ variants: FunctionVariants
    ) {
        var cuts = CutOperations(variants, analysis)
        var writer = ObjectWriter(self, analysis, graph)
        // What stubs lead to is done by those who call them.
        for operation in operations.operations
        where !isStub[Int(operation.function)] && !cuts.contains(operation) { writer.add(operation) }
        for store in stores.stores { writer.add(store) }
        for loop in predicates.loops { writer.add(loop) }
        writer.add(analysis.sources)
        self = writer.assembly
    }
}

/// Turns what the analysis of objects found into records.
private struct ObjectWriter {
    var assembly: MapAssembly
    let analysis: ObjectAnalysis
    let graph: CallGraph
    /// By the places of the analysis.
    private var identities: [Int32: UInt32] = [:]
    private var keySets: [UInt32: UInt32] = [:]
    private var slots: [CallGraph.Cell: Int] = [:]
    private var functions: [UInt64: Int] = [:]

    init(_ assembly: MapAssembly, _ analysis: ObjectAnalysis, _ graph: CallGraph) {
        self.assembly = assembly
        self.analysis = analysis
        self.graph = graph
        for slot in graph.slots { slots[slot.cell] = slot.set }
        for (index, entry) in analysis.entries.enumerated() { functions[entry] = index }
    }

    // MARK: Identities

    private mutating func keySet(_ keys: UInt32?) -> UInt32 {
        guard let keys else { return DWM_NONE }
        if let known = keySets[keys] { return known }
        var members: [UInt32] = []
        for key in analysis.members.sets[Int(keys)] {
            if let member = assembly.member(key, analysis.types.table) { members.append(member) }
        }
        let place = assembly.builder.keySet(members)
        keySets[keys] = place
        return place
    }

    private mutating func identity(_ index: Int32) -> UInt32 {
        if let known = identities[index] { return known }
        let hops = analysis.identities.table[index].hops.map { hop -> dwm_hop in
            var record = dwm_hop()
            record.kind = hop.kind.rawValue
            record.is_whole = hop.isWhole ? 1 : 0
            record.is_symbol = hop.isSymbol ? 1 : 0
            record.keys = keySet(hop.keys)
            record.name = hop.name.map { assembly.builder.string(analysis.identities.table.names[Int($0)]) } ?? DWM_NONE
            record.function = hop.function < 0 ? DWM_NONE : UInt32(hop.function)
            record.offset = hop.offset
            record.address = hop.address
            return record
        }
        let place = assembly.builder.identity(hops)
        identities[index] = place
        return place
    }

    private mutating func identities(_ value: Value, _ function: Int32) -> [UInt32] {
        analysis.identities.identities(of: value, in: Int(function)).map { identity($0) }
    }

    // MARK: Operations

    mutating func add(_ operation: ObjectOperation) {
        var record = dwm_operation()
        record.call = assembly.firstRecord[Int(operation.call)]
        record.function = UInt32(operation.function)
        record.origin = assembly.firstRecord[Int(operation.origin)]
        record.lock = DWM_NONE
        if let lock = operation.lock {
            let all = identities(lock, operation.function)
            // One lock of several says nothing.
            record.lock = all.count == 1 ? all[0] : identity(analysis.identities.table.intern(.unknown))
        }
        record.targets = operation.action == .create ? targets(operation) : DWM_NONE
        if operation.flags.contains(.handed) {
            record.primitive = name(handedTo: operation.origin)
        } else {
            record.primitive =
                operation.primitive < 0
                ? assembly.builder.string("futex")
                : assembly.builder.string(analysis.known[Int(operation.primitive)].name)
        }
        record.action = operation.action.rawValue
        record.object = operation.kind.rawValue
        record.flags = operation.flags.rawValue
        for identity in identities(operation.object, operation.function) {
            record.identity = identity
            assembly.builder.operations.append(record)
        }
    }

    /// What a creation runs: what its caller names, else whatever the call graph knows of the primitive's call.
    private mutating func targets(_ operation: ObjectOperation) -> UInt32 {
        if let routine = operation.routine, routine.form == .function {
            let node = analysis.paths[routine.target.path]
            switch node.kind {
            case .address:
                if let function = functions[UInt64(bitPattern: node.value)] {
                    return assembly.builder.targetSet([UInt32(function)], level: DWM_DIRECT, isOpen: false)
                }
            case .symbol where node.value == 0:
                let name = analysis.paths.symbols[Int(node.base.index)]
                let target =
                    analysis.names.exportedFunctions[name].map { UInt32($0) }
                    ?? assembly.builder.string(name) | DWM_IMPORTED
                return assembly.builder.targetSet([target], level: DWM_DIRECT, isOpen: false)
            case .load:
                let place = analysis.paths.place(ofLoad: routine.target.path)
                let sets = analysis.sources.cells(of: place, node.type).compactMap { slots[cell($0)] }
                if sets.count == 1 { return targetSet(sets[0]) }
            default: break
            }
        }
        if let set = graph.routines[Int(operation.origin)] { return targetSet(set) }
        return assembly.builder.targetSet([], level: DWM_ANY, isOpen: true)
    }

    private func cell(_ cell: PointerSources.Cell) -> CallGraph.Cell {
        switch cell {
        case .member(let key): return .member(key)
        case .variable(let address):
            if let variable = analysis.names.variable(holding: address), variable.isExported {
                return .variable(symbol: variable.name, offset: Int64(clamping: address - variable.address))
            }
            return .address(address)
        }
    }

    private mutating func targetSet(_ index: Int) -> UInt32 {
        let set = graph.sets[index]
        let targets = graph.targets(of: index).map { target in
            target.function.map { UInt32($0) }
                ?? assembly.builder.string(graph.symbols[target.symbol ?? 0]) | DWM_IMPORTED
        }
        return assembly.builder.targetSet(
            targets, level: dwm_level(rawValue: UInt32(set.level.rawValue)), isOpen: set.isOpen)
    }

    // MARK: Stores and loops

    private func block(_ block: Int32, _ function: Int32) -> UInt32 {
        assembly.firstBlock[Int(function)] &+ UInt32(max(block, 0))
    }

    /// The function of another binary that a call leads to.
    private mutating func name(handedTo call: Int32) -> UInt32 {
        guard call >= 0, let name = analysis.handedTo(by: Int(call)) else { return DWM_NONE }
        return assembly.builder.string(name)
    }

    mutating func add(_ store: CellStore) {
        var record = dwm_store()
        record.address = store.address
        record.function = UInt32(store.function)
        record.block = block(store.block, store.function)
        record.keys = keySet(store.keys)
        record.identity = identity(store.identity)
        record.width = store.width
        record.has_constant = store.constant == nil ? 0 : 1
        record.constant = store.constant ?? 0
        record.how = store.how.rawValue
        record.place = store.kind.rawValue
        record.handed_to = name(handedTo: store.handedBy)
        assembly.builder.stores.append(record)
    }

    mutating func add(_ loop: WaitLoop) {
        var record = dwm_loop()
        record.call = assembly.firstRecord[Int(loop.call)]
        record.function = UInt32(loop.function)
        record.kind = loop.kind.rawValue
        record.leaves_on_result = loop.leavesOnResult ? 1 : 0
        record.leaves_otherwise = loop.leavesOtherwise ? 1 : 0
        record.works_aside = loop.worksAside ? 1 : 0
        var predicates: [dwm_predicate] = []
        for predicate in loop.predicates {
            var test = dwm_predicate()
            test.address = predicate.address
            test.keys = keySet(predicate.keys)
            test.identity = identity(predicate.identity)
            test.condition = predicate.condition
            test.is_mask = predicate.isMask ? 1 : 0
            test.leaves_when = predicate.leavesWhen ? 1 : 0
            test.width = predicate.width
            test.constant = predicate.constant ?? 0
            test.has_constant = predicate.constant == nil ? 0 : 1
            predicates.append(test)
        }
        assembly.builder.loop(record, predicates: predicates)
    }

    // MARK: Sources

    mutating func add(_ sources: PointerSources) {
        // Sets have no order of their own; equal binaries make equal maps.
        for (cell, all) in sources.stored.sorted(by: { $0.key.order < $1.key.order }) {
            var template = dwm_source()
            template.member = DWM_NONE
            template.variable = DWM_NONE
            switch cell {
            case .member(let key): template.member = assembly.member(key, analysis.types.table) ?? DWM_NONE
            case .variable(let address):
                template.cell = address
                if let variable = analysis.names.variable(holding: address), variable.isExported,
                    variable.address == address
                {
                    template.variable = assembly.builder.string(variable.name)
                }
            }
            for source in all.map(sources.source).sorted(by: { $0.order < $1.order }) { add(source, template) }
        }
        for (structure, names) in sources.handed.sorted(by: { $0.key < $1.key }) {
            guard let member = assembly.member(MemberKey(structure: structure, member: 0), analysis.types.table) else {
                continue
            }
            for name in names.sorted() {
                var record = dwm_source()
                record.member = member
                record.variable = DWM_NONE
                record.kind = UInt32(DWM_SOURCE_HANDED.rawValue)
                record.value = assembly.builder.string(name)
                assembly.builder.sources.append(record)
            }
        }
        var template = dwm_source()
        template.member = DWM_NONE
        template.variable = DWM_NONE
        let lost = sources.lost.map(sources.source)
        for source in lost.sorted(by: { $0.order < $1.order }) where source != .unknown {
            add(source, template)
        }
    }

    private mutating func add(_ source: PointerSources.Source, _ template: dwm_source) {
        var record = template
        var kind = DWM_SOURCE_UNKNOWN
        record.value = DWM_NONE
        switch source {
        case .fresh(let outer, let inner):
            kind = DWM_SOURCE_FRESH
            record.address = outer
            record.value = UInt32(truncatingIfNeeded: inner)
        case .held(.member(let key)):
            kind = DWM_SOURCE_MEMBER
            record.value = assembly.member(key, analysis.types.table) ?? DWM_NONE
        case .inside(let key):
            kind = DWM_SOURCE_INSIDE
            record.value = assembly.member(key, analysis.types.table) ?? DWM_NONE
        case .global(let address):
            kind = DWM_SOURCE_GLOBAL
            record.address = address
            if let variable = analysis.names.variable(holding: address), variable.isExported {
                record.value = assembly.builder.string(variable.name)
                record.address = address - variable.address
            }
        case .symbol(let name, let offset):
            kind = DWM_SOURCE_GLOBAL
            record.value = assembly.builder.string(name)
            record.address = UInt64(bitPattern: offset)
        case .stack(let function):
            kind = DWM_SOURCE_STACK
            record.value = UInt32(function)
        case .held(.variable(let address)):
            kind = DWM_SOURCE_VARIABLE
            record.address = address
            if let variable = analysis.names.variable(holding: address), variable.isExported,
                variable.address == address
            {
                record.value = assembly.builder.string(variable.name)
            }
        case .unknown: break
        }
        record.kind = UInt32(kind.rawValue)
        assembly.builder.sources.append(record)
    }
}

extension PointerSources.Cell {
    fileprivate var order: (UInt8, UInt64) {
        switch self {
        case .member(let key): (0, UInt64(key.structure) << 32 | UInt64(key.member))
        case .variable(let address): (1, address)
        }
    }
}

extension PointerSources.Source {
    fileprivate var order: (UInt8, UInt64, UInt64, String) {
        switch self {
        case .fresh(let outer, let inner): (0, outer, inner, "")
        case .held(let cell): (1 + cell.order.0, cell.order.1, 0, "")
        case .inside(let key): (3, UInt64(key.structure), UInt64(key.member), "")
        case .global(let address): (4, address, 0, "")
        case .symbol(let name, let offset): (5, UInt64(bitPattern: offset), 0, name)
        case .stack(let function): (6, UInt64(UInt32(bitPattern: function)), 0, "")
        case .unknown: (7, 0, 0, "")
        }
    }
}
