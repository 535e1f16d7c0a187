import SignalMapABI

/// Structures that functions of other binaries are handed of which no map with types tells what they store there.
struct HandedStructures {
    /// As debug information calls them.
    private(set) var names: Set<String> = []

    init(_ set: SignalMapSet) {
        for (place, map) in set.maps.enumerated() {
            for source in map.sources where source.kind == UInt32(DWM_SOURCE_HANDED.rawValue) {
                guard let member = map.member(source.member), let structure = map.string(member.structure),
                    !names.contains(structure)
                else { continue }
                let definition = set.definition(symbol: source.value, in: place)
                let isKnown = definition.map {
                    set.maps[$0.function.map].header.knowledge == DWM_DEBUG_INFORMATION.rawValue
                }
                if isKnown != true { names.insert(structure) }
            }
        }
    }

    /// Whether a set of targets is read from such a structure; where it is not known from where it comes, from any.
    func mayWrite(_ targets: UInt32, _ map: SignalMapFile) -> Bool {
        if names.isEmpty { return false }
        var isKnown = false
        for cell in map.cells(ofSet: targets) {
            guard dwm_cell_kind(rawValue: cell.kind) == DWM_CELL_MEMBER else { return true }
            guard let member = map.member(cell.value), let structure = map.string(member.structure) else { return true }
            if names.contains(structure) { return true }
            isKnown = true
        }
        return !isKnown
    }
}
