import SignalMapABI

// What is done to which objects.
extension MapAssembly {
    /// Adds operations with their identities, and what pointer cells may point to.
    mutating func add(_ analysis: ObjectAnalysis, _ found: ObjectOperations, _ graph: CallGraph) {
        var records = IdentityRecords(analysis)
        var routines = RoutineSets(analysis, graph, code.map)
        for operation in found.operations {
            let call = Int(operation.call)
            var record = dwm_operation()
            record.call = firstRecord[call]
            record.function = UInt32(operation.function)
            record.origin = operation.origin < 0 ? DWM_NONE : firstRecord[Int(operation.origin)]
            record.lock = DWM_NONE
            record.targets = DWM_NONE
            record.primitive =
                operation.primitive < 0 ? DWM_NONE : builder.string(analysis.known[Int(operation.primitive)].name)
            record.action = operation.action.rawValue
            record.object = operation.kind.rawValue
            record.flags = operation.flags.rawValue
            let function = Int(operation.function)
            if let lock = operation.lock {
                let locks = analysis.identities.identities(of: lock, in: function, isObject: true)
                record.lock = locks.count == 1 ? records.place(of: locks[0], &builder) : records.unknown(&builder)
            }
            if operation.action == .create { record.targets = routines.set(of: operation, &builder) }
            // One that may be several objects stands there once for each.
            for identity in analysis.identities.identities(of: operation.object, in: function, isObject: true) {
                record.identity = records.place(of: identity, &builder)
                builder.operations.append(record)
            }
        }
        addSources(analysis)
    }

    private mutating func addSources(_ analysis: ObjectAnalysis) {
        let types = analysis.types.table
        func variable(_ address: UInt64) -> (name: String?, offset: UInt64) {
            guard let variable = analysis.names.variable(holding: address), variable.isExported else { return (nil, 0) }
            return (variable.name, address - variable.address)
        }
        // Sets have no order of their own; equal binaries make equal maps.
        for (cell, sources) in analysis.sources.stored.sorted(by: { $0.key.order < $1.key.order }) {
            var record = dwm_source()
            record.member = DWM_NONE
            record.variable = DWM_NONE
            switch cell {
            case .member(let key):
                guard let place = member(key, types) else { continue }
                record.member = place
            case .variable(let address):
                record.cell = address
                let (name, offset) = variable(address)
                if let name, offset == 0 { record.variable = builder.string(name) }
            }
            for source in sources.sorted(by: { $0.order < $1.order }) { add(source, record, analysis) }
        }
        var record = dwm_source()
        record.member = DWM_NONE
        record.variable = DWM_NONE
        for source in analysis.sources.lost.sorted(by: { $0.order < $1.order }) { add(source, record, analysis) }
    }

    private mutating func add(_ source: PointerSources.Source, _ cell: dwm_source, _ analysis: ObjectAnalysis) {
        var record = cell
        record.value = DWM_NONE
        func fill(_ kind: dwm_source_kind) { record.kind = kind.rawValue }
        switch source {
        case .fresh(let outer, let inner):
            fill(DWM_SOURCE_FRESH)
            record.address = outer
            record.value = UInt32(truncatingIfNeeded: inner)
        case .held(.member(let key)):
            fill(DWM_SOURCE_MEMBER)
            record.value = member(key, analysis.types.table) ?? DWM_NONE
        case .held(.variable(let address)):
            fill(DWM_SOURCE_VARIABLE)
            record.address = address
            if let variable = analysis.names.variable(holding: address), variable.isExported,
                variable.address == address
            {
                record.value = builder.string(variable.name)
            }
        case .inside(let key):
            fill(DWM_SOURCE_INSIDE)
            record.value = member(key, analysis.types.table) ?? DWM_NONE
        case .global(let address):
            fill(DWM_SOURCE_GLOBAL)
            record.address = address
            if let variable = analysis.names.variable(holding: address), variable.isExported {
                record.value = builder.string(variable.name)
                record.address = address - variable.address
            }
        case .symbol(let name, let offset):
            fill(DWM_SOURCE_GLOBAL)
            record.value = builder.string(name)
            record.address = UInt64(bitPattern: offset)
        case .stack(let function):
            fill(DWM_SOURCE_STACK)
            record.value = UInt32(bitPattern: function)
        case .unknown: fill(DWM_SOURCE_UNKNOWN)
        }
        builder.sources.append(record)
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

/// Records of identities, each once.
private struct IdentityRecords {
    private let analysis: ObjectAnalysis
    private var places: [Int32: UInt32] = [:]
    private var keySets: [UInt32: UInt32] = [:]

    init(_ analysis: ObjectAnalysis) { self.analysis = analysis }

    mutating func unknown(_ builder: inout SignalMapBuilder) -> UInt32 {
        builder.identity([hop(.unknown, &builder)])
    }

    mutating func place(of identity: Int32, _ builder: inout SignalMapBuilder) -> UInt32 {
        if let place = places[identity] { return place }
        var hops: [dwm_hop] = []
        for hop in analysis.identities.table[identity].hops { hops.append(self.hop(hop, &builder)) }
        let place = builder.identity(hops)
        places[identity] = place
        return place
    }

    private mutating func hop(_ hop: Identity.Hop, _ builder: inout SignalMapBuilder) -> dwm_hop {
        var record = dwm_hop()
        record.kind = hop.kind.rawValue
        record.is_whole = hop.isWhole ? 1 : 0
        record.is_symbol = hop.isSymbol ? 1 : 0
        record.keys = hop.keys.map { keySet($0, &builder) } ?? DWM_NONE
        record.name = hop.name.map { builder.string(analysis.identities.table.names[Int($0)]) } ?? DWM_NONE
        record.function = UInt32(bitPattern: hop.function)
        record.offset = hop.offset
        record.address = hop.address
        return record
    }

    private mutating func keySet(_ set: UInt32, _ builder: inout SignalMapBuilder) -> UInt32 {
        if let place = keySets[set] { return place }
        var members: [UInt32] = []
        for key in analysis.members.sets[Int(set)] {
            if let member = builder.member(key, analysis.types.table) { members.append(member) }
        }
        let place = builder.keySet(members)
        keySets[set] = place
        return place
    }
}

/// Start routines of creations: what the creation itself names, else what may have come to its primitive.
private struct RoutineSets {
    private let analysis: ObjectAnalysis
    private let graph: CallGraph
    private let map: CodeMap

    init(_ analysis: ObjectAnalysis, _ graph: CallGraph, _ map: CodeMap) {
        self.analysis = analysis
        self.graph = graph
        self.map = map
    }

    mutating func set(of operation: ObjectOperation, _ builder: inout SignalMapBuilder) -> UInt32 {
        if let routine = operation.routine, routine.form == .function {
            var named: [UInt32] = []
            let paths = analysis.paths.alternatives(routine.target.path)
            for path in paths { if let target = target(path, &builder) { named.append(target) } }
            if named.count == paths.count { return builder.targetSet(named, level: DWM_DIRECT, isOpen: false) }
        }
        guard let place = graph.routines[Int(operation.call)] ?? graph.routines[Int(operation.origin)] else {
            return DWM_NONE
        }
        let set = graph.sets[place]
        let targets = graph.targets[set.targets].map { callee in
            callee.function.map { UInt32($0) } ?? builder.string(graph.symbols[callee.symbol ?? 0]) | DWM_IMPORTED
        }
        return builder.targetSet(
            targets, level: dwm_level(rawValue: UInt32(set.level.rawValue)), isOpen: set.isOpen)
    }

    private func target(_ path: PathID, _ builder: inout SignalMapBuilder) -> UInt32? {
        let node = analysis.paths[path]
        switch node.kind {
        case .address:
            switch map.target(of: UInt64(bitPattern: node.value)) {
            case .function(let function): return UInt32(function)
            case .symbol(let name): return builder.string(name) | DWM_IMPORTED
            default: return nil
            }
        case .symbol where node.value == 0:
            return builder.string(analysis.paths.symbols[Int(node.base.index)]) | DWM_IMPORTED
        default: return nil
        }
    }
}
