import SignalMapABI

/// Cells that several linked maps know: which sets of functions each map saw stored there.
struct SharedCells {
    /// A cell in words that do not depend on the map.
    struct Key: Hashable {
        var kind: UInt32
        var structure: String
        var name: String
        var offset: Int64
    }

    /// A set of targets of one of the maps.
    struct Holding {
        var map: Int
        var set: UInt32
    }

    private var holdings: [Key: [Holding]] = [:]
    /// For each map and set with cells what other maps hold there.
    private var known: [[UInt32: [Holding]]]

    init(_ maps: [SignalMapFile]) {
        known = Array(repeating: [:], count: maps.count)
        // One map has nothing to join.
        guard maps.count > 1 else { return }
        for (number, map) in maps.enumerated() {
            for slot in map.slots {
                guard slot.cell < map.cells.count, let key = Self.key(map.cells[Int(slot.cell)], map) else { continue }
                holdings[key, default: []].append(Holding(map: number, set: slot.targets))
            }
        }
    }

    /// nil of cells that no other map can know.
    private static func key(_ cell: dwm_cell, _ map: SignalMapFile) -> Key? {
        switch dwm_cell_kind(rawValue: cell.kind) {
        case DWM_CELL_MEMBER:
            guard let member = map.member(cell.value), let structure = map.string(member.structure), !structure.isEmpty
            else { return nil }
            return Key(
                kind: cell.kind, structure: structure, name: map.string(member.name) ?? "",
                offset: Int64(clamping: member.offset))
        case DWM_CELL_VARIABLE, DWM_CELL_PARAMETER:
            return map.string(cell.value).map { Key(kind: cell.kind, structure: "", name: $0, offset: cell.offset) }
        default: return nil
        }
    }

    /// What other maps store in the cells that a set is loaded from.
    mutating func holdings(of set: UInt32, in number: Int, _ maps: [SignalMapFile]) -> [Holding] {
        guard !holdings.isEmpty else { return [] }
        if let found = known[number][set] { return found }
        var found: [Holding] = []
        for cell in maps[number].cells(ofSet: set) {
            guard let key = Self.key(cell, maps[number]) else { continue }
            found += (holdings[key] ?? []).filter { $0.map != number }
        }
        known[number][set] = found
        return found
    }
}
