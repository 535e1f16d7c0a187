/// Which object, from the object itself outwards: the member that it is, the pointer that leads there, and so on.
struct Identity: Hashable {
    enum Kind: UInt8 {
        /// What stands before it is this member of what follows. Without keys: at `offset` of something whose type is
        /// not known, or, where it `isWhole`, the object as such, in nothing that is known.
        case member = 1
        /// What stands before it was reached through a pointer in this member of what follows.
        case pointer
        /// A variable.
        case global
        /// Some element of the variable; of a variable that is not known when `offset` is 0 and there is no name.
        case element
        /// A local of `function`.
        case stack
        case allocation
        case threadLocal
        case parameter
        /// May be anything.
        case unknown
    }

    /// The meaning of the fields per kind is that of `dwm_hop`.
    struct Hop: Hashable {
        var kind: Kind
        /// The member is known to be the object, or the pointer, itself.
        var isWhole = false
        /// `name` is what other binaries know the variable by.
        var isSymbol = false
        /// Into the sets of a `MemberTable` or an `ObjectSpace`.
        var keys: UInt32?
        /// Into the names of an `IdentityTable` or an `ObjectSpace`.
        var name: UInt32?
        var function: Int32 = -1
        var offset: Int64 = 0
        var address: UInt64 = 0
        /// Which binary, of those compared: addresses, functions and locals count within one.
        var binary: Int32 = 0

        static let unknown = Hop(kind: .unknown)
    }

    var hops: [Hop]

    static let unknown = Identity(hops: [.unknown])
}

/// Identities of one binary, each once, and the names that they use.
struct IdentityTable {
    private var identityTable = InternTable<Identity>()
    private var nameTable = InternTable<String>()
    var identities: [Identity] { identityTable.values }
    var names: [String] { nameTable.values }

    mutating func intern(_ identity: Identity) -> Int32 { Int32(identityTable.intern(identity)) }

    mutating func name(_ text: String) -> UInt32 { nameTable.intern(text) }

    subscript(identity: Int32) -> Identity { identities[Int(identity)] }
}
