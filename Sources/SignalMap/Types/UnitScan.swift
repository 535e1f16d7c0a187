/// What one unit's entries say, in flat arrays, before the types of all units become one table.
///
/// References are `EntryLink`s: while a unit is scanned they hold offsets, afterwards the numbers of entries.
struct UnitScan {
    enum Kind: UInt8 {
        case pointer
        /// const, volatile, restrict, atomic, typedef: what they refer to stands in their place.
        case qualifier
        /// With a detail each.
        case base, enumeration, structure, array, function, memberPointer
        /// Of which nothing is known, such as the void of Rust or decltype(nullptr).
        case unspecified
    }

    /// Of a base type: it is kept in vector registers.
    static let isFloating: UInt8 = 1
    static let isUnion: UInt8 = 2
    static let isDeclaration: UInt8 = 4
    static let isVariadic: UInt8 = 8
    /// A class that is handed over by reference: it has a destructor, a virtual function or base, or says so itself.
    static let isByReference: UInt8 = 16

    struct Detail {
        var name = EntryName.none
        /// Bytes.
        var size: UInt64 = 0
        /// The element of an array, the result of a function.
        var link = EntryLink.none
        /// Around it, into `scopes`.
        var scope: UInt32 = 0
        /// Into `items`, linked by `next`: members, dimensions, parameters.
        var first = UInt32.max
        var last = UInt32.max
        var flags: UInt8 = 0
        var line: UInt32 = 0
        var fileNumber: UInt32 = 0
    }

    struct Item {
        static let isBase: UInt64 = 1 << 63
        static let isVirtual: UInt64 = 1 << 62
        static let isBitField: UInt64 = 1 << 61
        static let valueMask: UInt64 = (1 << 48) - 1
        static let unknownCount = valueMask

        /// The offset of a member, the count of a dimension; with flags on top. Of a bit field, its bytes stand in the
        /// bits above the value.
        var value: UInt64 = 0
        var name = EntryName.none
        var link = EntryLink.none
        var next = UInt32.max
    }

    struct Scope {
        var parent: UInt32
        var name: EntryName
        /// A structure whose name is the scope's, into `details`.
        var detail = UInt32.max
    }

    struct Function {
        var entry: UInt64
        var linkageName: EntryName
        var name: EntryName
        var result: EntryLink
        /// Into `parameters`.
        var parameters: Range<UInt32>
        var isVariadic: Bool
    }

    struct Parameter {
        var link: EntryLink
        /// The register that holds it at entry by the tables of locations; 255 where they say nothing.
        var register = UInt8.max
        /// Its place holds a pointer to it.
        var isByReference = false
    }

    struct Place {
        var low: UInt64
        var length: UInt32
        /// Into `functions`.
        var function: UInt32
        var link: EntryLink
        var displacement: Int32
        var kind: BinaryTypes.Place.Kind
        var register: UInt8
        /// The place holds a pointer to the variable.
        var isIndirect = false
        /// A part of the variable, by its offset; -1 for all of it.
        var part: Int32 = -1
    }

    struct Global {
        var address: UInt64
        var link: EntryLink
        var name: EntryName
        var scope: UInt32
        var isThreadLocal: Bool
    }

    /// Offsets of type entries in their unit, growing; what each is; and for pointers and qualifiers what they refer to,
    /// for the others the number of the detail.
    var offsets: [UInt32] = []
    var kinds: [Kind] = []
    var links: [EntryLink] = []
    var details: [Detail] = []
    var items: [Item] = []
    /// The first is the unit's own, without a name.
    var scopes: [Scope] = [Scope(parent: 0, name: .none)]
    /// What links to other units mean: unit, and offset into its .debug_info.
    var foreign: [(unit: UInt32, offset: Int)] = []
    var functions: [Function] = []
    var parameters: [Parameter] = []
    var places: [Place] = []
    var globals: [Global] = []
    /// Details without a name of their own, and the detail and item that they are the type of.
    var owners: [UInt32: (detail: UInt32, item: UInt32)] = [:]
    /// Names that typedefs of no namespace give to what stands in other units.
    var foreignTypedefs: [(link: EntryLink, name: EntryName)] = []
    /// Definitions whose name and scope another entry has.
    var specifications: [(detail: UInt32, link: EntryLink)] = []
    var entries = 0
    /// Entries that could not be read end a unit's scan.
    var isDamaged = false

    /// The entry at an offset in the unit.
    func entry(at offset: UInt32) -> UInt32? {
        let low = offsets.partition { $0 < offset }
        return low < offsets.count && offsets[low] == offset ? UInt32(low) : nil
    }
}

/// A reference from one entry to another.
struct EntryLink: Hashable {
    var bits: UInt32

    /// There is no reference: void.
    static let none = EntryLink(bits: 0)
    /// A reference that leads nowhere.
    static let missing = EntryLink(bits: 0x7fff_ffff)
    private static let foreignBit: UInt32 = 1 << 31

    init(bits: UInt32) { self.bits = bits }
    /// An offset in the unit, or the number of an entry of it plus one.
    init(local: UInt32) { bits = local }
    init(foreign: Int) { bits = Self.foreignBit | UInt32(truncatingIfNeeded: foreign) }

    var isLocal: Bool { bits & Self.foreignBit == 0 && bits != 0 && self != .missing }
    /// Into `UnitScan.foreign`.
    var foreignIndex: Int? { bits & Self.foreignBit != 0 ? Int(bits & ~Self.foreignBit) : nil }
}
