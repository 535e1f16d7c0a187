/// What the data of one binary says about the functions that calls through memory may reach: virtual tables and their
/// classes, witness tables, tables of function pointers, initializers.
///
/// Plain arrays that name each other by index, so that they can be kept in a file. Functions are those of the binary's
/// `CodeMap`; -1 stands for "none" in every index. Layouts are those of the Itanium C++ ABI (sections 2.5, 2.6 and
/// 2.9.5), of the Swift ABI (docs/ABI/TypeMetadata.rst) and, for Rust, those that rustc emits.
struct ClassTables: Sendable {
    /// What a word of a table leads to. With both a function and a symbol, the symbol is exported by this binary, and
    /// another module may put its own definition in its place.
    struct Callee: Hashable, Sendable {
        enum Kind: UInt8, Sendable {
            /// `function`, of this binary.
            case function
            /// `symbol`, which another module defines.
            case imported
            /// No function of the class: calling it ends the process (__cxa_pure_virtual, __cxa_deleted_virtual, 0).
            case pure
            /// What a resolver returns: STT_GNU_IFUNC; `function` is the resolver.
            case resolved
            /// An address of code where no function is known to begin: `function` is what holds it, and may be several
            /// that a stripped file does not tell apart.
            case unknown
        }

        var kind: Kind
        /// Through an async function pointer: the word is the address of a record that leads there.
        var isAsync = false
        var function: Int32 = -1
        /// Into `names`.
        var symbol: Int32 = -1
    }

    /// A class that run-time type information describes.
    struct ClassType: Hashable, Sendable {
        /// Of its type_info object or Swift descriptor; 0 where another module holds it.
        var address: UInt64
        /// Into `names`: mangled, as std::type_info has it, without "_ZTS" and without the mark of internal linkage;
        /// of Swift and Rust types as their symbols have it. -1 where unknown.
        var name: Int32
        /// Of internal linkage: not the same type as one of that name in another binary or translation unit.
        var isLocal: Bool
        /// Into `bases`: direct ones.
        var bases: Range<Int32>
        /// `bases` is not all: the type_info is another module's, or damaged.
        var hasUnknownBases = false
        /// Of Swift, not of C++.
        var isSwift = false

        var isImported: Bool { address == 0 }
    }

    struct Base: Hashable, Sendable {
        /// Into `types`.
        var type: Int32
        /// Of the base within the class, in bytes; of a virtual base: of the word with that offset from the address
        /// point, which is negative.
        var offset: Int64
        var isVirtual: Bool
        var isPublic: Bool
    }

    enum TableKind: UInt8, Sendable {
        /// Of a C++ class: what objects of the class point to.
        case primary
        /// Of a base within a C++ class.
        case secondary
        /// As `primary` and `secondary`, for as long as a derived class is being made (a _ZTC symbol).
        case construction
        /// As `primary` to its looks, without run-time type information.
        case untyped
        /// Metadata of a Swift class.
        case swiftClass
        /// A Swift type's conformance to a protocol.
        case swiftWitness
        /// A Swift type's value witness table.
        case swiftValueWitness
        /// A Rust type's implementation of a trait.
        case rustTrait
    }

    /// One address point with its slots.
    struct Table: Hashable, Sendable {
        /// The address point: what objects hold.
        var address: UInt64
        var kind: TableKind
        /// Into `types`; -1 where it is not known.
        var type: Int32
        /// Into `groups`.
        var group: Int32
        /// To the start of the whole object from where the pointer to this table is: 0 or negative, in bytes.
        var offsetToTop: Int64
        /// Into `slots`, by offset.
        var slots: Range<Int32>
    }

    /// The tables of one class that lie together: one C++ object.
    struct Group: Hashable, Sendable {
        var start: UInt64
        var end: UInt64
        /// Into `tables`.
        var tables: Range<Int32>
        /// Into `names`: _ZTV..., _ZTC..., $s...; -1 without one.
        var symbol: Int32
        /// Other modules can use it by name.
        var isExported: Bool
        /// Into `references`.
        var references: Range<Int32> = 0..<0
        /// Into `subobjects`: the class itself first, then its bases, as far as they are known.
        var subobjects: Range<Int32> = 0..<0
        /// There are bases that are not known.
        var hasUnknownSubobjects = false
    }

    /// A base within objects of the class of a group. A pointer to its table lies where it begins, if it has virtual
    /// functions: that table is the group's with the opposite offset to the top.
    struct Subobject: Hashable, Sendable {
        /// Into `types`.
        var type: Int32
        /// From the start of the whole object, in bytes; `unknownOffset` where it could not be found out.
        var offset: Int64

        static let unknownOffset = Int64.min
    }

    struct Slot: Hashable, Sendable {
        /// From the address point, in bytes.
        var offset: Int32
        var callee: Callee
    }

    /// A place that holds or computes an address of a group: who makes objects of the class, or destroys them.
    struct Reference: Hashable, Sendable {
        /// Of the instruction or of the word.
        var place: UInt64
        /// -1 for a word of data.
        var function: Int32
    }

    /// A use of a table that another module defines.
    struct ImportedReference: Hashable, Sendable {
        /// Into `names`: _ZTV..., _ZTT...
        var symbol: Int32
        var reference: Reference
    }

    /// A word of data that the linker or the dynamic linker makes a function's address.
    struct PointerWord: Hashable, Sendable {
        var place: UInt64
        var callee: Callee
        /// Into `objects`; -1 where no symbol says what holds it.
        var object: Int32
        /// It lies in memory that is never written once the program runs.
        var isConstant: Bool
    }

    /// A variable that holds function pointers.
    struct DataObject: Hashable, Sendable {
        var start: UInt64
        var size: UInt64
        /// Into `names`.
        var name: Int32
    }

    /// An async function pointer of Swift: what async functions are known by instead of by their own addresses.
    struct AsyncPointer: Hashable, Sendable {
        var place: UInt64
        var callee: Callee
    }

    /// What a C++ standard library thread runs.
    struct ThreadState: Hashable, Sendable {
        /// Into `groups`.
        var group: Int32
        /// std::thread::_State::_M_run of the class.
        var run: Callee
    }

    enum InitializerKind: UInt8, Sendable {
        /// .preinit_array, .init_array: run when the module is loaded.
        case load
        /// .fini_array: run at exit or when the module is unloaded.
        case unload
    }

    struct Initializer: Hashable, Sendable {
        var kind: InitializerKind
        var callee: Callee
    }

    var names: [String] = []
    var types: [ClassType] = []
    var bases: [Base] = []
    /// By address.
    var groups: [Group] = []
    /// By group, then by address.
    var tables: [Table] = []
    /// By table, then by offset.
    var slots: [Slot] = []
    /// By group.
    var subobjects: [Subobject] = []
    /// By group.
    var references: [Reference] = []
    var importedReferences: [ImportedReference] = []
    /// By address: function pointers outside the tables above and outside the global offset table.
    var pointerWords: [PointerWord] = []
    var objects: [DataObject] = []
    /// Async function pointers: records that stand for functions.
    var asyncPointers: [AsyncPointer] = []
    /// Functions of Swift that some table will hold, at a place that only the running process knows.
    var unplaced: [Callee] = []
    var threadStates: [ThreadState] = []
    var initializers: [Initializer] = []

    func name(_ index: Int32) -> String? { names.indices.contains(Int(index)) ? names[Int(index)] : nil }
}
