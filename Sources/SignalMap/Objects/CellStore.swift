/// A write to memory, counted where the cell is decided: at the store itself, or, where a callee stores through a bare
/// pointer that it is passed, at the call.
struct CellStore: Hashable {
    /// Of the store or call.
    var address: UInt64
    var function: Int32
    var block: Int32
    /// Into the identities of the analysis.
    var identity: Int32
    /// Into the sets of its `MemberTable`.
    var keys: UInt32?
    var width: UInt8
    var how: CodeFacts.Store.How
    /// The number that is written, where it is one; the bits that become 1 or 0.
    var constant: Int64?
    /// The place is not known: may write anything of this width.
    var isLost: Bool
}
