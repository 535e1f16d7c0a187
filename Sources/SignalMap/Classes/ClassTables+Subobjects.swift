extension ClassTables {
    /// A class has fewer bases, all levels counted; and no longer chain of them.
    private static let subobjectLimit = 1 << 12
    private static let depthLimit = 1 << 8
    /// Of all groups together.
    private static let totalLimit = 1 << 20

    /// Says for each group where in the object the class's bases lie, virtual ones too: their offsets stand in the
    /// tables themselves (Itanium C++ ABI, section 2.5.2).
    mutating func findSubobjects(_ data: DataWords) {
        for index in groups.indices {
            let first = Int32(clamping: subobjects.count)
            if subobjects.count >= Self.totalLimit {
                groups[index].hasUnknownSubobjects = true
            } else if let primary = groups[index].tables.first, tables[Int(primary)].type >= 0 {
                var walk = Walk(group: groups[index])
                walk.visit(tables[Int(primary)].type, -tables[Int(primary)].offsetToTop, 0, self, data)
                subobjects += walk.found
                groups[index].hasUnknownSubobjects = walk.isIncomplete
            }
            groups[index].subobjects = first..<Int32(clamping: subobjects.count)
        }
    }

    /// The table of a group that the pointer at an offset of the object leads to.
    func table(of group: Group, at offset: Int64) -> Int32? {
        group.tables.first { tables[Int($0)].offsetToTop == 0 &- offset }
    }

    private struct Walk {
        private let group: Group
        private(set) var found: [Subobject] = []
        private var seen: Set<Subobject> = []
        private(set) var isIncomplete = false

        init(group: Group) { self.group = group }

        mutating func visit(_ type: Int32, _ offset: Int64, _ depth: Int, _ all: ClassTables, _ data: DataWords) {
            let place = Subobject(type: type, offset: offset)
            guard seen.insert(place).inserted else { return }
            guard found.count < ClassTables.subobjectLimit, depth < ClassTables.depthLimit else {
                isIncomplete = true
                return
            }
            found.append(place)
            if all.types[Int(type)].hasUnknownBases { isIncomplete = true }
            for number in all.types[Int(type)].bases {
                let base = all.bases[Int(number)]
                visit(base.type, self.offset(of: base, in: offset, all, data), depth + 1, all, data)
            }
        }

        private func offset(of base: Base, in offset: Int64, _ all: ClassTables, _ data: DataWords) -> Int64 {
            guard offset != Subobject.unknownOffset else { return offset }
            if !base.isVirtual { return offset &+ base.offset }
            // Without a table where the word should be, the place stays unknown.
            guard let table = all.table(of: group, at: offset),
                let word = data.plain(at: all.tables[Int(table)].address &+ UInt64(bitPattern: base.offset))
            else { return Subobject.unknownOffset }
            return offset &+ Int64(bitPattern: word)
        }
    }
}
