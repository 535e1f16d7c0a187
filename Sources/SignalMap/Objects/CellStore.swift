/// A write to memory, counted where the cell is decided: at the store itself, or, where a callee stores through a bare
/// pointer that it is passed, at the call.
struct CellStore: Hashable {
    /// What is known of the place, as `dwm_place`.
    enum Place: UInt8 {
        case one
        /// May write anything of this width.
        case any
        /// A call that writes bytes where a pointer in memory leads, which it was handed or read itself.
        case keptBytes
        /// A call of which nothing is known.
        case kept
        /// As `keptBytes`, at any time after the call.
        case keptLater
        /// Nothing is written: the cell's address goes to memory.
        case keeps
        /// The same of a cell that holds a pointer.
        case keepsPointer
    }

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
    var kind: Place
    /// Into the facts' calls: the function of another binary that it leads to is handed the place; -1 of other stores.
    var handedBy: Int32 = -1
}

extension CellStore {
    /// By function and address; equal ones stand beside each other.
    struct Order: Comparable {
        private var words: (UInt64, UInt64, UInt64, UInt64, Int64, Int32)

        fileprivate init(_ store: CellStore) {
            words = (
                UInt64(UInt32(bitPattern: store.function)), store.address,
                UInt64(UInt32(bitPattern: store.identity)) << 32 | UInt64(store.keys ?? .max),
                UInt64(store.width) << 24 | UInt64(store.how.rawValue) << 16 | (store.constant == nil ? 0 : 1 << 8)
                    | UInt64(store.kind.rawValue), store.constant ?? 0, store.handedBy
            )
        }

        static func < (a: Order, b: Order) -> Bool { a.words < b.words }
        static func == (a: Order, b: Order) -> Bool { a.words == b.words }
    }

    var order: Order { Order(self) }
}
