/// The types of several binaries made classes: one for each name, and one for each type of internal linkage.
struct JoinedClasses: Sendable {
    /// Where objects have one of a class as a part, or are of it.
    struct Place: Sendable {
        var group: ClassHierarchy.GroupID
        /// From the start of the whole object; `Subobject.unknownOffset` where it is not known.
        var offset: Int64
    }

    /// A type of a binary.
    typealias TypePlace = (binary: Int32, type: Int32)

    /// Bases of bases that are followed into other binaries.
    private static let depthLimit = 1 << 8
    /// Places of all classes together.
    private static let placeLimit = 1 << 22

    private(set) var names = ClassNames()
    /// The class of each type of each binary.
    private(set) var classOf: [[Int32]] = []
    /// For each class the type that says most of it.
    private(set) var definitions: [TypePlace] = []
    /// For each class those that derive from it directly.
    private(set) var derived: [[Int32]] = []
    private(set) var places: [[Place]] = []
    /// Groups of C++ and of Swift classes with bases that are not known; of the standard library's no other library's
    /// are.
    private(set) var openGroups: [ClassHierarchy.GroupID] = []
    private(set) var openSwiftGroups: [ClassHierarchy.GroupID] = []
    private var placeCount = 0
    /// For each binary whether it has type_info of C++ classes of its own.
    private let hasTypes: [Bool]

    var count: Int { definitions.count }

    func isSwift(_ number: Int32, _ binaries: [ClassTables]) -> Bool {
        let (binary, type) = definitions[Int(number)]
        return binaries[Int(binary)].types[Int(type)].isSwift
    }

    init(_ binaries: [ClassTables]) {
        hasTypes = binaries.map { tables in tables.tables.contains { $0.type >= 0 && $0.kind.isCxx } }
        nameClasses(binaries)
        derived = [[Int32]](repeating: [], count: count)
        places = [[Place]](repeating: [], count: count)
        for (number, definition) in definitions.enumerated() {
            let tables = binaries[Int(definition.binary)]
            for base in tables.types[Int(definition.type)].bases {
                let parent = classOf[Int(definition.binary)][Int(tables.bases[Int(base)].type)]
                derived[Int(parent)].append(Int32(clamping: number))
            }
        }
        for (binary, tables) in binaries.enumerated() {
            for group in tables.groups.indices {
                place(ClassHierarchy.GroupID(binary: Int32(binary), group: Int32(clamping: group)), binaries)
            }
        }
    }

    private mutating func nameClasses(_ binaries: [ClassTables]) {
        var known: [String: Int32] = [:]
        for (binary, tables) in binaries.enumerated() {
            var numbers: [Int32] = []
            numbers.reserveCapacity(tables.types.count)
            for (index, type) in tables.types.enumerated() {
                let place = (binary: Int32(binary), type: Int32(clamping: index))
                let name = tables.name(type.name) ?? ""
                if !type.isLocal, !name.isEmpty, let number = known[name] {
                    numbers.append(number)
                    let old = definitions[Int(number)]
                    if binaries[Int(old.binary)].types[Int(old.type)].hasUnknownBases, !type.hasUnknownBases {
                        definitions[Int(number)] = place
                    }
                    continue
                }
                let number = Int32(clamping: definitions.count)
                definitions.append(place)
                numbers.append(number)
                if name.isEmpty { continue }
                if !type.isLocal { known[name] = number }
                names.add(name, for: number)
            }
            classOf.append(numbers)
        }
    }

    private mutating func place(_ id: ClassHierarchy.GroupID, _ binaries: [ClassTables]) {
        let tables = binaries[Int(id.binary)]
        let group = tables.groups[Int(id.group)]
        guard let first = group.tables.first else { return }
        // A table without type_info and without a name is taken for one of a known class only where all classes are
        // compiled so: a class with type_info has no derived ones without it in the same binary.
        let table = tables.tables[Int(first)]
        var isOpen = table.type < 0 && table.kind.isCxx && (group.symbol >= 0 || !hasTypes[Int(id.binary)])
        var seen: Set<ClassTables.Subobject> = []
        for number in group.subobjects {
            let part = tables.subobjects[Int(number)]
            let known = classOf[Int(id.binary)][Int(part.type)]
            if add(id, known, part.offset, &seen), tables.types[Int(part.type)].hasUnknownBases {
                isOpen = follow(id, known, part.offset, 0, &seen, binaries) || isOpen
            }
        }
        guard isOpen || placeCount >= Self.placeLimit else { return }
        if table.kind == .swiftClass { openSwiftGroups.append(id) } else { openGroups.append(id) }
    }

    private mutating func add(
        _ id: ClassHierarchy.GroupID, _ number: Int32, _ offset: Int64, _ seen: inout Set<ClassTables.Subobject>
    ) -> Bool {
        guard placeCount < Self.placeLimit,
            seen.insert(ClassTables.Subobject(type: number, offset: offset)).inserted
        else { return false }
        placeCount += 1
        places[Int(number)].append(Place(group: id, offset: offset))
        return true
    }

    /// Adds the bases of a class that another binary defines; whether some stay unknown.
    private mutating func follow(
        _ id: ClassHierarchy.GroupID, _ number: Int32, _ offset: Int64, _ depth: Int,
        _ seen: inout Set<ClassTables.Subobject>, _ binaries: [ClassTables]
    ) -> Bool {
        let (binary, index) = definitions[Int(number)]
        let tables = binaries[Int(binary)]
        let type = tables.types[Int(index)]
        guard depth < Self.depthLimit else { return true }
        if type.hasUnknownBases {
            return !Self.isStandard(tables.name(type.name) ?? "")
        }
        var isOpen = false
        for position in type.bases {
            let base = tables.bases[Int(position)]
            let parent = classOf[Int(binary)][Int(base.type)]
            let unknown = ClassTables.Subobject.unknownOffset
            let place = base.isVirtual || offset == unknown ? unknown : offset &+ base.offset
            if add(id, parent, place, &seen) {
                isOpen = follow(id, parent, place, depth + 1, &seen, binaries) || isOpen
            }
        }
        return isOpen
    }

    /// Whether a mangled name is one of namespace std or of the run-time library.
    private static func isStandard(_ name: String) -> Bool {
        name.hasPrefix("St") || name.hasPrefix("NSt") || name.hasPrefix("N10__cxxabiv1")
            || name.hasPrefix("N9__gnu_cxx")
    }
}

extension ClassTables.TableKind {
    var isCxx: Bool {
        switch self {
        case .primary, .secondary, .construction, .untyped: true
        case .swiftClass, .swiftWitness, .swiftValueWitness, .rustTrait: false
        }
    }
}
