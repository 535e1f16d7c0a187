/// An access path: how code came by a value, as its place in a `PathTable`; equal paths of one table have one place.
struct PathID: Hashable, Comparable {
    var index: UInt32
    /// May be anything.
    static let unknown = PathID(index: 0)
    var isKnown: Bool { index != 0 }
    static func < (a: PathID, b: PathID) -> Bool { a.index < b.index }
}

/// One step of an access path.
struct AccessPath: Hashable {
    enum Kind: UInt8 {
        case unknown
        /// The number in `value`.
        case number
        /// The address in `value` of this binary: code, data, or a word that the dynamic linker fills.
        case address
        /// The address of the symbol `base` (into `PathTable.symbols`) plus `value`, wherever it is defined.
        case symbol
        /// The integer argument `value`: 0 to 5 in registers, from 6 on those on the stack, a word each.
        case parameter
        /// The stack pointer at entry plus `value`; there lies the return address.
        case stack
        /// The thread's own block of this module plus `value`; plus an unknown offset that the symbol `base` - 1 says
        /// where that is not 0.
        case threadLocal
        /// `base` plus `value` bytes, where `base` points to a `type`.
        case field
        /// `base` plus an index that is not known plus `value` bytes; `type` is that of an element.
        case element
        /// What is in memory at `base` plus `value`, where `base` points to a `type`.
        case load
        /// What the call at the address `value` returned.
        case result
        /// Something of its own that nothing is known of: what meets in slot `base` of the block at the address
        /// `value`, or a register that the function found. Not equal to any other.
        case opaque
        /// One of the set `base`.
        case alternatives
        /// Computed from the set `base`, by other means than adding.
        case derived
        /// 1 or 0: whether a comparison of `base` with another path holds; see `PathTable.comparison(_:)`.
        case comparison
    }

    var kind: Kind
    /// What `base` points to; unknown where that is not known, or where the kind has none.
    var type = TypeID.unknown
    var base = PathID.unknown
    var value: Int64 = 0
}

/// A value at some point of the code: how it came about, and its type where some variable told it.
struct Value: Hashable {
    var path: PathID
    var type: TypeID
    static let unknown = Value(path: .unknown, type: .unknown)
}
