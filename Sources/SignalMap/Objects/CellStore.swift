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
                    | (store.isLost ? 1 : 0), store.constant ?? 0, store.handedBy
            )
        }

        static func < (a: Order, b: Order) -> Bool { a.words < b.words }
        static func == (a: Order, b: Order) -> Bool { a.words == b.words }
    }

    var order: Order { Order(self) }
}
