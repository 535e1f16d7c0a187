import DebugInfo

/// All entries of the location lists of one unit.
struct LocationRanges {
    let unit: DwarfUnit
    /// Entries that may still be read: hostile variables could share one long list.
    private(set) var budget: Int

    /// Calls `visit` with the addresses, as [low, high), and the expression of each entry that is not empty; with
    /// (0, 0) for an expression that holds wherever none of the others does.
    mutating func forEach(_ value: EntryValues.Value, _ visit: (UInt64, UInt64, UnsafeRawBufferPointer) -> Void) {
        LocationList(unit: unit).forEach(value.attribute, budget: &budget) { low, high, expression in
            // The same tombstones as in range lists.
            if let low, let high, low != 0, low < high, low < UInt64.max - 1 { visit(low, high, expression) }
            return true
        } otherwise: {
            visit(0, 0, $0)
        }
    }
}
