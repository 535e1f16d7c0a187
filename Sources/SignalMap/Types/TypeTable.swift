/// A type of one binary's debug information, as its place in a `TypeTable`; 0 where nothing is known.
struct TypeID: Hashable {
    var index: UInt32
    static let unknown = TypeID(index: 0)
    var isKnown: Bool { index != 0 }
}

/// A member of a structure: what an object is named by. Two objects with different ones are different objects.
struct MemberKey: Hashable {
    /// Into `TypeTable.structures`.
    var structure: UInt32
    /// Into that structure's members.
    var member: UInt32
}

/// The types of one binary, each once. Qualifiers and typedefs are seen through; references are pointers.
struct TypeTable {
    enum Shape: Hashable {
        case unknown
        case void
        /// Integers, booleans and characters; bytes.
        case integer(UInt32)
        case floating(UInt32)
        case enumeration(UInt32)
        case pointer(TypeID)
        /// nil: of unknown length.
        case array(TypeID, UInt64?)
        /// Into `structures`; classes and unions too.
        case structure(UInt32)
        /// Into `prototypes`.
        case function(UInt32)
    }

    struct Member: Hashable {
        /// Bytes from the start; of a union's members 0. Of a bit field the first byte that has bits of it; its type is
        /// an integer of the bytes that have.
        var offset: UInt64
        var type: TypeID
        /// Empty for one without a name.
        var name: String
        /// A base class.
        var isBase: Bool
        /// A virtual base class, whose place only the running program knows: the offset is the largest there is.
        var isVirtual = false
    }

    struct Structure: Hashable {
        /// With namespaces and template arguments. One without a name is called after where it is declared.
        var name: String
        /// Bytes; 0 for one that is only declared.
        var size: UInt64
        var isUnion: Bool
        var isDeclaration: Bool
        var members: [Member]
        /// A class that functions get a pointer to where their parameter is the class itself (Itanium C++ ABI, 3.1.1).
        var isPassedByReference = false
    }

    struct Prototype: Hashable {
        var result: TypeID
        var parameters: [TypeID]
        var isVariadic: Bool
    }

    /// By TypeID; the first is `.unknown`.
    var shapes: [Shape] = [.unknown]
    var structures: [Structure] = []
    var prototypes: [Prototype] = []
    /// The structures that have a structure as their first member or base, by that one.
    private(set) var extensions: [UInt32: [UInt32]] = [:]
    /// By structure, as far as `indexPrefixes` has looked: threads wait on it or lock it as a whole.
    private(set) var synchronization: [Bool] = []

    init() {}

    /// Notes which structures begin with which; to be called when all members are known.
    mutating func indexPrefixes() {
        extensions = [:]
        synchronization = structures.map { Self.isSynchronization($0.name) }
        for (index, outer) in structures.enumerated() where !outer.isUnion {
            for member in outer.members where member.offset == 0 {
                guard case .structure(let inner) = shape(member.type), inner != UInt32(index) else { continue }
                extensions[inner, default: []].append(UInt32(index))
            }
        }
    }

    /// What lies at an offset of a structure.
    struct Leaf {
        /// The innermost members there; several in a union, or where a structure that begins with this one is meant.
        /// Empty: none is known.
        var members: [MemberKey] = []
        /// Their type where they agree.
        var type = TypeID.unknown
        /// The offset is where the member begins, so that the member as a whole may be meant.
        var isStart = false
    }
}

extension TypeTable {
    func shape(_ type: TypeID) -> Shape {
        Int(type.index) < shapes.count ? shapes[Int(type.index)] : .unknown
    }

    /// What a pointer points to; unknown for what is no pointer.
    func pointee(_ type: TypeID) -> TypeID {
        if case .pointer(let pointee) = shape(type) { pointee } else { .unknown }
    }

    /// The structure, also of the elements of an array; nil for other types.
    func structure(_ type: TypeID) -> UInt32? {
        var type = type
        for _ in 0..<16 {
            switch shape(type) {
            case .structure(let index): return index
            case .array(let element, _): type = element
            default: return nil
            }
        }
        return nil
    }
}
