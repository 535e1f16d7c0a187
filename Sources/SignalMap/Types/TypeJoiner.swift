/// Joins the types of all units: equal structures become one, declarations their definition, and each type has one
/// number.
struct TypeJoiner {
    let debug: DebugUnits
    let scans: [UnitScan]
    private(set) var interner = TypeInterner()
    /// By unit and detail.
    private let keys: [[NameKey]]
    private let layouts: [[UInt64]]
    /// By unit and detail: into the table's structures.
    private var structures: [[UInt32]]
    /// By unit and entry; `unset` until it is asked for.
    private var types: [[UInt32]]
    /// By structure: the unit and detail that it was taken from.
    private var origins: [(unit: Int, detail: Int)] = []
    /// By structure: another one has its name and another layout.
    private var isAmbiguous: [Bool] = []
    /// By structure: some member's type leads to such a one.
    private var meetsAmbiguous: [Bool] = []

    private static let unset = UInt32.max
    /// Pointers to pointers, arrays of arrays; what lies deeper is unknown.
    private static let depthLimit = 48
    private static let dimensionLimit = 8

    private struct Identity: Hashable {
        var name: NameKey
        var layout: UInt64
    }

    init(_ debug: DebugUnits, _ scans: [UnitScan]) {
        self.debug = debug
        let scans = Self.named(scans, debug)
        self.scans = scans
        let shared = Shared((debug, scans))
        let numbers = Array(scans.indices)
        let keys = Parallel.map(numbers) { number in
            var names = StructureNames(shared.value.0, shared.value.1[number], number)
            names.makeKeys()
            return names.keys
        }
        let sharedKeys = Shared(keys)
        layouts = Parallel.map(numbers) { number in
            var layouts = StructureLayouts(shared.value.0, shared.value.1, sharedKeys.value, number)
            layouts.makeSums()
            return layouts.sums
        }
        self.keys = keys
        structures = scans.map { [UInt32](repeating: Self.unset, count: $0.details.count) }
        types = scans.map { [UInt32](repeating: Self.unset, count: $0.kinds.count) }
        numberStructures()
        fillStructures()
        markByReference()
    }

    /// Units of types alone hold structures without a name whose typedefs stand in other units.
    private static func named(_ scans: [UnitScan], _ debug: DebugUnits) -> [UnitScan] {
        var result = scans
        for (unit, scan) in scans.enumerated() {
            for (link, name) in scan.foreignTypedefs {
                guard let place = StructureLayouts.place(link, in: unit, scans, debug),
                    scans[place.unit].kinds[place.entry] == .structure
                else { continue }
                let detail = Int(scans[place.unit].links[place.entry].bits)
                if !result[place.unit].details[detail].name.isPresent {
                    result[place.unit].details[detail].name = name
                    result[place.unit].details[detail].scope = 0
                }
            }
        }
        return result
    }

    // MARK: Structures

    private mutating func numberStructures() {
        var numbers: [Identity: UInt32] = [:]
        var definitions: [NameKey: (first: UInt32, count: Int)] = [:]
        var declared: [NameKey: UInt32] = [:]
        func add(_ unit: Int, _ detail: Int, isDeclaration: Bool) -> UInt32 {
            let record = scans[unit].details[detail]
            let names = StructureNames(debug, scans[unit], unit)
            origins.append((unit, detail))
            return interner.addStructure(
                TypeTable.Structure(
                    name: names.text(ofDetail: UInt32(detail)), size: isDeclaration ? 0 : record.size,
                    isUnion: record.flags & UnitScan.isUnion != 0, isDeclaration: isDeclaration, members: []))
        }
        for unit in scans.indices {
            for entry in scans[unit].kinds.indices where scans[unit].kinds[entry] == .structure {
                let detail = Int(scans[unit].links[entry].bits)
                guard scans[unit].details[detail].flags & UnitScan.isDeclaration == 0 else { continue }
                let identity = Identity(name: keys[unit][detail], layout: layouts[unit][detail])
                if let known = numbers[identity] {
                    structures[unit][detail] = known
                    continue
                }
                let number = add(unit, detail, isDeclaration: false)
                numbers[identity] = number
                definitions[identity.name, default: (number, 0)].count += 1
                structures[unit][detail] = number
            }
        }
        for unit in scans.indices {
            var own: [NameKey: UInt32]?
            for entry in scans[unit].kinds.indices where scans[unit].kinds[entry] == .structure {
                let detail = Int(scans[unit].links[entry].bits)
                guard scans[unit].details[detail].flags & UnitScan.isDeclaration != 0 else { continue }
                let name = keys[unit][detail]
                let known = definitions[name]
                if let known, known.count == 1 {
                    structures[unit][detail] = known.first
                    continue
                }
                if known != nil {
                    // Of several the unit's own is meant, if it has one.
                    let mine = own ?? ownDefinitions(of: unit)
                    own = mine
                    if let number = mine[name] {
                        structures[unit][detail] = number
                        continue
                    }
                }
                let number = declared[name] ?? add(unit, detail, isDeclaration: true)
                declared[name] = number
                structures[unit][detail] = number
            }
        }
        isAmbiguous = origins.map { (definitions[keys[$0.unit][$0.detail]]?.count ?? 0) > 1 }
        meetsAmbiguous = [Bool](repeating: false, count: origins.count)
    }

    private func ownDefinitions(of unit: Int) -> [NameKey: UInt32] {
        var own: [NameKey: UInt32] = [:]
        for (detail, number) in structures[unit].enumerated()
        where number != Self.unset && scans[unit].details[detail].flags & UnitScan.isDeclaration == 0 {
            own[keys[unit][detail]] = number
        }
        return own
    }

    private mutating func fillStructures() {
        for unit in scans.indices {
            for (detail, number) in structures[unit].enumerated()
            where number != Self.unset && scans[unit].details[detail].flags & UnitScan.isDeclaration == 0 {
                let origin = origins[Int(number)]
                if origin == (unit, detail) {
                    fill(number, unit, detail)
                } else if meetsAmbiguous[Int(number)] {
                    compare(number, unit, detail)
                }
            }
        }
    }

    private mutating func fill(_ number: UInt32, _ unit: Int, _ detail: Int) {
        var members: [TypeTable.Member] = []
        var next = scans[unit].details[detail].first
        while next != .max {
            let item = scans[unit].items[Int(next)]
            next = item.next
            var member = TypeTable.Member(
                offset: item.value & UnitScan.Item.valueMask, type: memberType(item, unit),
                name: debug.text(item.name), isBase: item.value & UnitScan.Item.isBase != 0)
            if item.value & UnitScan.Item.isVirtual != 0 {
                member.offset = .max
                member.isVirtual = true
            }
            if !meetsAmbiguous[Int(number)], leadsToAmbiguous(member.type) { meetsAmbiguous[Int(number)] = true }
            members.append(member)
        }
        interner.setMembers(members, of: number)
    }

    private mutating func memberType(_ item: UnitScan.Item, _ unit: Int) -> TypeID {
        if item.value & UnitScan.Item.isBitField != 0 {
            return interner.type(.integer(UInt32(item.value >> 48 & 31)))
        }
        return item.link == .none ? .unknown : type(item.link, in: unit)
    }

    private func leadsToAmbiguous(_ type: TypeID) -> Bool {
        var type = type
        for _ in 0..<Self.depthLimit {
            switch interner.table.shape(type) {
            case .pointer(let target): type = target
            case .array(let element, _): type = element
            case .structure(let number): return isAmbiguous[Int(number)]
            case .function: return true
            default: return false
            }
        }
        return true
    }

    /// A structure of two units whose members point to structures of one name and different layouts: which is meant is
    /// not known of the joined one.
    private mutating func compare(_ number: UInt32, _ unit: Int, _ detail: Int) {
        var next = scans[unit].details[detail].first
        var index = 0
        while next != .max {
            let item = scans[unit].items[Int(next)]
            next = item.next
            let members = interner.table.structures[Int(number)].members
            guard index < members.count else { return }
            let old = members[index].type
            let new = memberType(item, unit)
            if old != new { interner.setMember(index, of: number, type: common(old, new, depth: 0)) }
            index += 1
        }
    }

    private mutating func common(_ first: TypeID, _ second: TypeID, depth: Int) -> TypeID {
        if first == second { return first }
        if depth > Self.depthLimit { return .unknown }
        switch (interner.table.shape(first), interner.table.shape(second)) {
        case (.pointer(let one), .pointer(let other)):
            return interner.pointer(to: common(one, other, depth: depth + 1))
        case (.array(let one, let count), .array(let other, let otherCount)) where count == otherCount:
            return interner.type(.array(common(one, other, depth: depth + 1), count))
        case (.structure(let one), .structure(let other)):
            let structures = interner.table.structures
            guard structures[Int(one)].name == structures[Int(other)].name else { return .unknown }
            if structures[Int(one)].isDeclaration { return second }
            return structures[Int(other)].isDeclaration ? first : .unknown
        default: return .unknown
        }
    }

    // MARK: Passing by reference

    /// A class is handed over by reference if one of its members or bases is.
    private mutating func markByReference() {
        // 0 unknown, 1 being looked at or not, 2 by reference.
        var state = [UInt8](repeating: 0, count: origins.count)
        func visit(_ number: Int, depth: Int) -> Bool {
            if state[number] != 0 || depth > Self.depthLimit { return state[number] == 2 }
            state[number] = 1
            let origin = origins[number]
            var result = scans[origin.unit].details[origin.detail].flags & UnitScan.isByReference != 0
            for member in interner.table.structures[number].members where !result {
                guard let inner = interner.table.structure(member.type) else { continue }
                result = visit(Int(inner), depth: depth + 1)
            }
            if result { state[number] = 2 }
            return result
        }
        for number in origins.indices where visit(number, depth: 0) { interner.setByReference(UInt32(number)) }
    }

    // MARK: Types

    /// The type that a link names.
    mutating func type(_ link: EntryLink, in unit: Int) -> TypeID { type(link, in: unit, depth: 0) }

    private mutating func type(_ link: EntryLink, in unit: Int, depth: Int) -> TypeID {
        if link == .none { return interner.type(.void) }
        guard let place = StructureLayouts.place(link, in: unit, scans, debug) else { return .unknown }
        let known = types[place.unit][place.entry]
        if known != Self.unset { return TypeID(index: known) }
        if depth > Self.depthLimit { return .unknown }
        let type = makeType(place.entry, in: place.unit, depth: depth)
        types[place.unit][place.entry] = type.index
        return type
    }

    private mutating func makeType(_ entry: Int, in unit: Int, depth: Int) -> TypeID {
        let link = scans[unit].links[entry]
        switch scans[unit].kinds[entry] {
        case .pointer: return interner.pointer(to: type(link, in: unit, depth: depth + 1))
        case .qualifier: return type(link, in: unit, depth: depth + 1)
        case .unspecified: return .unknown
        case .structure: return interner.type(.structure(structures[unit][Int(link.bits)]))
        default: break
        }
        let detail = scans[unit].details[Int(link.bits)]
        let size = UInt32(clamping: detail.size)
        switch scans[unit].kinds[entry] {
        case .base: return interner.type(detail.flags & UnitScan.isFloating != 0 ? .floating(size) : .integer(size))
        case .enumeration:
            if size > 0 { return interner.type(.enumeration(size)) }
            let underlying = type(detail.link, in: unit, depth: depth + 1)
            return interner.type(.enumeration(UInt32(clamping: interner.table.size(of: underlying))))
        case .memberPointer:
            // A function and an adjustment, or an offset (Itanium C++ ABI, section 2.3).
            let target = type(detail.link, in: unit, depth: depth + 1)
            if case .function = interner.table.shape(target) { return interner.type(.integer(16)) }
            return interner.type(.integer(8))
        case .array: return array(detail, in: unit, depth: depth)
        default: return function(detail, in: unit, depth: depth)
        }
    }

    private mutating func array(_ detail: UnitScan.Detail, in unit: Int, depth: Int) -> TypeID {
        let element = type(detail.link, in: unit, depth: depth + 1)
        var counts: [UInt64?] = []
        var next = detail.first
        while next != .max, counts.count < Self.dimensionLimit {
            let item = scans[unit].items[Int(next)]
            counts.append(item.value == UnitScan.Item.unknownCount ? nil : item.value)
            next = item.next
        }
        if counts.isEmpty || next != .max { counts = [nil] }
        var result = element
        for count in counts.reversed() { result = interner.type(.array(result, count)) }
        guard detail.flags & UnitScan.isFloating != 0 else { return result }
        // Vectors are kept in the registers of floating-point numbers.
        return interner.type(.floating(UInt32(clamping: interner.table.size(of: result))))
    }

    private mutating func function(_ detail: UnitScan.Detail, in unit: Int, depth: Int) -> TypeID {
        var parameters: [TypeID] = []
        var next = detail.first
        while next != .max {
            let item = scans[unit].items[Int(next)]
            parameters.append(type(item.link, in: unit, depth: depth + 1))
            next = item.next
        }
        let result = type(detail.link, in: unit, depth: depth + 1)
        return interner.prototype(
            TypeTable.Prototype(
                result: result, parameters: parameters, isVariadic: detail.flags & UnitScan.isVariadic != 0))
    }

    // MARK: For those who use the types

    mutating func prototype(_ prototype: TypeTable.Prototype) -> TypeID { interner.prototype(prototype) }
    mutating func pointer(to type: TypeID) -> TypeID { interner.pointer(to: type) }
    mutating func finish() -> TypeTable { interner.finish() }
    var table: TypeTable { interner.table }
}
