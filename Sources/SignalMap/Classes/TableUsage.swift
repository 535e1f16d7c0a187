/// Which tables some code or data of several binaries uses, so that objects of their classes can exist.
struct TableUsage: Sendable {
    private enum Usage: UInt8, Sendable {
        case used
        /// Nothing here uses it, but other modules can name it.
        case exported
        case unused
    }

    /// By binary and group.
    private var usage: [[Usage]] = []
    /// References by the name of the table, of binaries that do not define it.
    private var byName: [String: [(binary: Int32, function: Int32)]] = [:]

    init(_ binaries: [ClassTables]) {
        for (binary, tables) in binaries.enumerated() {
            for imported in tables.importedReferences {
                guard let name = tables.name(imported.symbol) else { continue }
                byName[Self.tableName(name), default: []].append((Int32(binary), imported.reference.function))
            }
            // A table that several binaries have is one of theirs for all: which, the dynamic linker decides.
            for group in tables.groups where group.isExported {
                guard let name = tables.name(group.symbol) else { continue }
                for reference in group.references {
                    byName[name, default: []].append((Int32(binary), tables.references[Int(reference)].function))
                }
            }
        }
        for tables in binaries {
            usage.append(
                tables.groups.map { group in
                    // The Swift runtime finds metadata and witness tables by itself; those known by looks alone are
                    // known because something refers to them.
                    guard let table = group.tables.first, tables.tables[Int(table)].kind.isCxx else { return .used }
                    if !group.references.isEmpty { return .used }
                    if let name = tables.name(group.symbol), byName[name] != nil { return .used }
                    return group.isExported ? .exported : .unused
                })
        }
    }

    /// A VTT (_ZTT) leads to the table of the same class (Itanium C++ ABI, section 2.6).
    private static func tableName(_ name: String) -> String {
        name.hasPrefix("_ZTT") ? "_ZTV" + name.dropFirst(4) : name
    }

    func mayBeUsed(_ id: ClassHierarchy.GroupID, isClosed: Bool) -> Bool {
        switch usage[Int(id.binary)][Int(id.group)] {
        case .used: true
        case .exported: !isClosed
        case .unused: false
        }
    }

    func users(of id: ClassHierarchy.GroupID, _ binaries: [ClassTables]) -> [(binary: Int32, function: Int32)] {
        let tables = binaries[Int(id.binary)]
        let group = tables.groups[Int(id.group)]
        if group.isExported, let name = tables.name(group.symbol), let users = byName[name] { return users }
        var users = group.references.map { (id.binary, tables.references[Int($0)].function) }
        if let name = tables.name(group.symbol), let others = byName[name] { users += others }
        return users
    }
}
