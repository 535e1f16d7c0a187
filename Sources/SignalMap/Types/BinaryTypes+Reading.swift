import DebugInfo
import ProcessModel

extension BinaryTypes {
    /// Reads the debug information of a binary, on all processors: its own, or that of a separate debug file. What could
    /// not be read stands in `gaps`; without any there are no types, and a gap says so.
    init(_ binary: BinaryFile, options: DebugInfoOptions = DebugInfoOptions()) {
        self.init(DebugUnits(binary, options: options), path: binary.path)
    }

    init(_ debug: DebugUnits, path: String) {
        let shared = Shared(debug)
        let chunks = Parallel.chunks(of: debug.units.map { $0.end - $0.start })
        let parts = Parallel.map(chunks) { chunk in chunk.map { UnitScanner.scan(shared.value, $0) } }
        var assembly = TypeAssembly(debug, parts.flatMap { $0 })
        assembly.collect()
        assembly.finish(&self)
        gaps = debug.gaps + assembly.gaps(path)
    }
}

/// Makes functions, variables and places with the joined types of all units.
struct TypeAssembly {
    private struct Draft {
        var entry: UInt64
        var prototype: TypeID
        var name: EntryName
        /// Into the unit's parameters.
        var unit: Int
        var parameters: Range<UInt32>
        /// A pointer to the result, where that is a structure.
        var hidden: TypeID
    }

    /// A place whose type is that of the variable.
    private struct Placed {
        var place: UnitScan.Place
        var entry: UInt64
        var type: TypeID
    }

    private let debug: DebugUnits
    private let scans: [UnitScan]
    private var joiner: TypeJoiner
    private var drafts: [Draft] = []
    private var placed: [Placed] = []
    /// By unit and parameter.
    private var parameterTypes: [[TypeID]] = []
    private var pointers: [TypeID: TypeID] = [:]
    private var globals: [BinaryTypes.Global] = []
    private var threadLocals: [BinaryTypes.Global] = []

    init(_ debug: DebugUnits, _ scans: [UnitScan]) {
        self.debug = debug
        self.scans = scans
        joiner = TypeJoiner(debug, scans)
    }

    func gaps(_ path: String) -> [Gap] {
        var gaps: [Gap] = []
        func add(_ count: Int, _ reason: String) {
            if count > 0 { gaps.append(Gap(.file(path), operation: "read types", reason: "\(count) \(reason)")) }
        }
        add(scans.count(where: \.isDamaged), "units are damaged and were read in part")
        return gaps
    }

    // MARK: With the types still growing

    mutating func collect() {
        var seen: Set<UInt64> = []
        placed.reserveCapacity(scans.reduce(0) { $0 + $1.places.count })
        for (number, scan) in scans.enumerated() {
            let types = scan.parameters.map { joiner.type($0.link, in: number) }
            for index in scan.parameters.indices { notePointer(to: types[index]) }
            parameterTypes.append(types)
            for function in scan.functions where seen.insert(function.entry).inserted {
                let result = joiner.type(function.result, in: number)
                notePointer(to: result)
                let range = Int(function.parameters.lowerBound)..<Int(function.parameters.upperBound)
                let prototype = joiner.prototype(
                    TypeTable.Prototype(
                        result: result, parameters: Array(types[range]), isVariadic: function.isVariadic))
                drafts.append(
                    Draft(
                        entry: function.entry, prototype: prototype,
                        name: function.linkageName.isPresent ? function.linkageName : function.name, unit: number,
                        parameters: function.parameters, hidden: pointers[result] ?? .unknown))
            }
            for place in scan.places {
                var type = joiner.type(place.link, in: number)
                if place.isIndirect { type = joiner.pointer(to: type) }
                placed.append(Placed(place: place, entry: scan.functions[Int(place.function)].entry, type: type))
            }
            let names = StructureNames(debug, scan, number)
            for global in scan.globals {
                let record = BinaryTypes.Global(
                    address: global.address, type: joiner.type(global.link, in: number),
                    name: names.prefix(global.scope) + debug.text(global.name))
                if global.isThreadLocal { threadLocals.append(record) } else { globals.append(record) }
            }
        }
    }

    /// Structures may be handed over by a pointer.
    private mutating func notePointer(to type: TypeID) {
        guard pointers[type] == nil, case .structure = joiner.table.shape(type) else { return }
        pointers[type] = joiner.pointer(to: type)
    }

    // MARK: With all types there

    mutating func finish(_ types: inout BinaryTypes) {
        let table = joiner.finish()
        types.table = table
        types.globals = Self.unique(globals, table)
        types.threadLocals = Self.unique(threadLocals, table)
        let convention = CallingConvention(table: table)
        types.functions.reserveCapacity(drafts.count)
        for draft in drafts { types.functions[draft.entry] = function(draft, convention) }
        types.entryCount = scans.reduce(0) { $0 + $1.entries }
        var start = 0
        while start < placed.count {
            var end = start
            var list: [BinaryTypes.Place] = []
            while end < placed.count, placed[end].entry == placed[start].entry {
                if let place = Self.place(placed[end], table) { list.append(place) }
                end += 1
            }
            if !list.isEmpty {
                if types.places[placed[start].entry] == nil {
                    types.places[placed[start].entry] = list
                } else {
                    types.places[placed[start].entry, default: []] += list
                }
            }
            start = end
        }
        placed = []
    }

    /// By address, each once: templates and inline variables are defined in several units.
    private static func unique(_ globals: [BinaryTypes.Global], _ table: TypeTable) -> [BinaryTypes.Global] {
        var result: [BinaryTypes.Global] = []
        let order = globals.indices.sorted { (globals[$0].address, $0) < (globals[$1].address, $1) }
        for index in order {
            let global = globals[index]
            guard let last = result.last, last.address == global.address else {
                result.append(global)
                continue
            }
            if table.size(of: last.type) < table.size(of: global.type) { result[result.count - 1] = global }
        }
        return result
    }

    /// A part of a variable, and a structure in a register, count as the member that is there, if it is a pointer.
    private static func place(_ placed: Placed, _ table: TypeTable) -> BinaryTypes.Place? {
        let record = placed.place
        var type = placed.type
        if record.part >= 0 || record.kind == .register {
            if case .pointer = table.shape(type), record.part <= 0 {
            } else {
                let leaf = table.leaf(at: UInt64(max(record.part, 0)), in: type)
                guard leaf.isStart, case .pointer = table.shape(leaf.type) else { return nil }
                type = leaf.type
            }
        }
        guard type.isKnown else { return nil }
        return BinaryTypes.Place(
            low: record.low, length: record.length, kind: record.kind, register: record.register,
            displacement: record.displacement, type: type)
    }

    private func function(_ draft: Draft, _ convention: CallingConvention) -> BinaryTypes.Function {
        let range = Int(draft.parameters.lowerBound)..<Int(draft.parameters.upperBound)
        let records = scans[draft.unit].parameters[range]
        let types = Array(parameterTypes[draft.unit][range])
        var result = TypeID.unknown
        if case .function(let number) = convention.table.shape(draft.prototype) {
            result = convention.table.prototypes[Int(number)].result
        }
        var byReference: [Int: TypeID] = [:]
        for (index, record) in records.enumerated() {
            guard case .structure(let number) = convention.table.shape(types[index]) else { continue }
            if record.isByReference || convention.table.structures[Int(number)].isPassedByReference {
                byReference[index] = pointers[types[index]]
            }
        }
        let seen = records.map { record in
            CallingConvention.argumentRegisters.firstIndex(of: record.register)
        }
        func agrees(_ assignment: CallingConvention.Assignment) -> Bool {
            zip(assignment.first, seen).allSatisfy { $1 == nil || $0 == $1 }
        }
        let returnsInMemory = convention.returnsInMemory(result)
        let choices = draft.hidden.isKnown ? [returnsInMemory, !returnsInMemory] : [false]
        for choice in choices {
            let assignment = convention.assign(types, hidden: choice ? draft.hidden : nil, byReference: byReference)
            guard agrees(assignment) else { continue }
            return BinaryTypes.Function(
                prototype: draft.prototype, registers: assignment.registers, result: result, returnsInMemory: choice,
                name: debug.text(draft.name))
        }
        // A copy that the compiler made with other parameters than the source has: what is known is where they come.
        var registers: [TypeID] = []
        for (index, place) in seen.enumerated() {
            guard let place else { continue }
            while registers.count <= place { registers.append(.unknown) }
            registers[place] = byReference[index] ?? types[index]
        }
        return BinaryTypes.Function(
            prototype: draft.prototype, registers: registers, result: result, returnsInMemory: false,
            name: debug.text(draft.name))
    }
}
