extension TypeTable {
    /// Bytes; 0 where nothing is known.
    func size(of type: TypeID) -> UInt64 {
        switch shape(type) {
        case .unknown, .void, .function: return 0
        case .integer(let bytes), .floating(let bytes), .enumeration(let bytes): return UInt64(bytes)
        case .pointer: return 8
        case .array(let element, let count):
            let (bytes, overflow) = size(of: element).multipliedReportingOverflow(by: count ?? 0)
            return overflow ? 0 : bytes
        case .structure(let index): return structures[Int(index)].size
        }
    }

    /// The innermost members at an offset of a structure or array; where the offset lies behind a structure, those of
    /// the structures that begin with it. Descent ends at synchronization objects, which are members as a whole.
    func leaf(at offset: UInt64, in type: TypeID) -> Leaf { Leaf() }

    /// The structure that begins exactly at an offset of another one: the innermost that is not its first member alone.
    func nested(at offset: UInt64, in type: TypeID) -> TypeID { .unknown }

    /// Whether a type is an object that threads wait on or lock, as a whole.
    func isSynchronization(_ type: TypeID) -> Bool { false }
}
