import SignalMapABI

// Virtual tables, which calls in other binaries may go through.
extension MapAssembly {
    /// Adds the tables of C++ classes that other binaries may know objects as.
    mutating func add(_ classes: ClassTables) {
        for group in classes.groups {
            for number in group.tables {
                let table = classes.tables[Int(number)]
                guard table.kind.isCxx, table.type >= 0 else { continue }
                let places = places(of: table, in: group, classes)
                if !places.isEmpty { builder.classTable(entries(of: table, classes), places: places) }
            }
        }
    }

    private mutating func places(
        of table: ClassTables.Table, in group: ClassTables.Group, _ classes: ClassTables
    ) -> [dwm_class_place] {
        var places: [dwm_class_place] = []
        let parts = classes.subobjects[Int(group.subobjects.lowerBound)..<Int(group.subobjects.upperBound)]
        let hasVirtualBases = parts.contains { part in
            classes.types[Int(part.type)].bases.contains { classes.bases[Int($0)].isVirtual }
        }
        for number in group.subobjects {
            let part = classes.subobjects[Int(number)]
            let type = classes.types[Int(part.type)]
            // Only this binary knows classes of internal linkage, others may know what these derive from.
            guard !type.isLocal, !type.isSwift, let name = classes.name(type.name), !name.isEmpty else { continue }
            var place = dwm_class_place()
            place.name = builder.string(name)
            place.is_own = part.type == table.type ? 1 : 0
            place.may_move = hasVirtualBases ? 1 : 0
            if part.offset == ClassTables.Subobject.unknownOffset {
                place.pointer = .min
            } else {
                place.pointer = (0 &- table.offsetToTop) &- part.offset
                // Behind where the base begins lie the tables of its own further bases.
                if place.pointer < 0 { continue }
            }
            places.append(place)
        }
        return places
    }

    private mutating func entries(of table: ClassTables.Table, _ classes: ClassTables) -> [UInt32] {
        var entries: [UInt32] = []
        for slot in classes.slots[Int(table.slots.lowerBound)..<Int(table.slots.upperBound)] {
            guard slot.offset >= 0, slot.offset & 7 == 0, slot.offset < Self.tableLimit else { continue }
            while entries.count < Int(slot.offset / 8) { entries.append(DWM_NONE) }
            entries.append(target(slot.callee, classes))
        }
        return entries
    }

    /// Bytes; no class has so many virtual functions.
    private static let tableLimit: Int32 = 1 << 20

    private mutating func target(_ callee: ClassTables.Callee, _ classes: ClassTables) -> UInt32 {
        switch callee.kind {
        case .function, .unknown, .resolved:
            callee.function >= 0 && Int(callee.function) < builder.functions.count ? UInt32(callee.function) : DWM_NONE
        case .imported: classes.name(callee.symbol).map { builder.string($0) | DWM_IMPORTED } ?? DWM_NONE
        case .pure: DWM_NONE
        }
    }
}
