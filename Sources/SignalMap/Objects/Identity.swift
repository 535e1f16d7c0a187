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
    private(set) var identities: [Identity] = []
    private var places: [Identity: Int32] = [:]
    private(set) var names: [String] = []
    private var namePlaces: [String: UInt32] = [:]

    mutating func intern(_ identity: Identity) -> Int32 {
        if let place = places[identity] { return place }
        let place = Int32(identities.count)
        identities.append(identity)
        places[identity] = place
        return place
    }

    mutating func name(_ text: String) -> UInt32 {
        if let place = namePlaces[text] { return place }
        let place = UInt32(names.count)
        names.append(text)
        namePlaces[text] = place
        return place
    }

    subscript(identity: Int32) -> Identity { identities[Int(identity)] }
}
