/// All that a cell may hold, with other cells replaced by what they hold; nothing but `unknown` where something of it is
/// not known, or nothing is known to be stored.
func heldClosure<Cell: Hashable, Source: Hashable, Stored: Collection<Source>>(
    of cell: Cell, in stored: [Cell: Stored], unknown: Source, cellHeld: (Source) -> Cell?
) -> Set<Source> {
    var found: Set<Source> = []
    var seen: Set<Cell> = [cell]
    var open = [cell]
    while let cell = open.popLast() {
        guard let sources = stored[cell], !sources.isEmpty, !sources.contains(unknown) else { return [unknown] }
        for source in sources {
            if let other = cellHeld(source) {
                if seen.insert(other).inserted { open.append(other) }
            } else {
                found.insert(source)
            }
        }
    }
    return found
}
