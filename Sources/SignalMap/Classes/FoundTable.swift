/// A table of another language than C++, before it has its place among all tables.
struct FoundTable {
    var start: UInt64
    var end: UInt64
    /// What objects or callers hold.
    var address: UInt64
    var kind: ClassTables.TableKind
    /// Into `types`; -1 where it is not known.
    var type: Int32 = -1
    /// Into `names`.
    var symbol: Int32 = -1
    var isExported = false
    /// By offset.
    var slots: [ClassTables.Slot]
}

extension VirtualTableReader {
    /// Adds tables where none is known yet.
    mutating func add(_ found: [FoundTable]) {
        var added: [ClassTables.Group] = []
        for table in found where group(holding: table.start) == nil {
            let first = Int32(clamping: slots.count)
            let number = Int32(clamping: tables.count)
            slots += table.slots
            tables.append(
                ClassTables.Table(
                    address: table.address, kind: table.kind, type: table.type, group: -1,
                    offsetToTop: 0, slots: first..<Int32(clamping: slots.count)))
            added.append(
                ClassTables.Group(
                    start: table.start, end: table.end, tables: number..<number + 1, symbol: table.symbol,
                    isExported: table.isExported))
        }
        groups += added
        sortGroups()
    }

    /// Puts the groups in the order of their addresses, and the tables in that of the groups.
    mutating func sortGroups() {
        let order = groups.indices.sorted { groups[$0].start < groups[$1].start }
        var sortedTables: [ClassTables.Table] = []
        var sortedGroups: [ClassTables.Group] = []
        for index in order {
            var group = groups[index]
            let first = Int32(clamping: sortedTables.count)
            for number in group.tables {
                var table = tables[Int(number)]
                table.group = Int32(clamping: sortedGroups.count)
                sortedTables.append(table)
            }
            group.tables = first..<Int32(clamping: sortedTables.count)
            sortedGroups.append(group)
        }
        groups = sortedGroups
        tables = sortedTables
    }
}
