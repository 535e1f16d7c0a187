import SignalMapABI

/// What each call of a binary may reach, how sure that is, and which functions others may call.
struct CallGraph: Sendable {
    /// How sure an edge is; `enum dwm_level`.
    enum Level: UInt8, Hashable, Sendable, Comparable, CaseIterable {
        /// The instruction names it.
        case direct
        /// A cell of memory that is written in ways that are all understood holds it.
        case table
        /// Handed down by callers that are all known.
        case parameter
        /// A virtual call of a known class.
        case classes
        /// Not understood: all of the same prototype whose address is taken.
        case prototype
        /// Not understood: all that are stored at the same offset of anything.
        case offset
        /// Not understood: all whose address is taken.
        case any

        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    /// A function of this binary, or a symbol that the dynamic linker binds.
    struct Callee: Hashable, Sendable, Comparable {
        var bits: UInt32
        private static let imported = DWM_IMPORTED

        static func function(_ index: Int) -> Callee { Callee(bits: UInt32(truncatingIfNeeded: index)) }
        /// By its place in `CallGraph.symbols`.
        static func symbol(_ index: Int) -> Callee { Callee(bits: UInt32(truncatingIfNeeded: index) | imported) }

        /// By the map's index; nil of a symbol.
        var function: Int? { bits & Self.imported == 0 ? Int(bits) : nil }
        var symbol: Int? { bits & Self.imported != 0 ? Int(bits & ~Self.imported) : nil }

        static func < (a: Self, b: Self) -> Bool { a.bits < b.bits }
    }

    /// Where a called pointer is kept, in words that other binaries share.
    enum Cell: Hashable, Sendable {
        case member(MemberKey)
        /// A variable that other modules can see; bytes into it.
        case variable(symbol: String, offset: Int64)
        /// An argument of a function that other modules can call.
        case parameter(symbol: String, index: Int)
        /// A variable of this binary alone.
        case address(UInt64)
        /// Of a virtual call: the class that it knows the object by, and where in the object the pointer to the table is.
        case objectClass(name: String, pointer: Int64)
    }

    /// Functions that a pointer may hold.
    struct TargetSet: Hashable, Sendable {
        /// Into `targets`; sets of equal contents share them.
        var targets: Range<Int>
        /// The weakest of its edges.
        var level: Level
        /// There may be others.
        var isOpen: Bool
        /// There may be others that other binaries add: of classes which they derive, or in what they were handed.
        var isShared = false
        /// Into `cells`: what the pointer is loaded from.
        var cells: Range<Int>
        /// Of a virtual call: bytes from the address point.
        var slotOffset: Int64?
    }

    /// One answer to "what does this call reach"; a call may have several, of different levels.
    struct Edge: Sendable {
        enum Destination: Hashable, Sendable {
            case callee(Callee)
            /// Into `sets`.
            case set(Int)
            /// The kernel.
            case system
            /// Code that is not understood: the middle of a function, a resolver's choice.
            case unknown
        }
        /// Into the facts' calls.
        var call: Int
        var destination: Destination
        var level: Level
        /// The callee is not called here but handed to a function that calls it before it returns.
        var isCallback: Bool
    }

    /// A function that code elsewhere may call later.
    struct Callback: Hashable, Sendable {
        var function: Int
        /// The function that it was handed to; ".init_array" and the like of initializers.
        var how: String
        var moment: KnownFunction.Callback.Moment
        /// Into the facts' calls.
        var call: Int?
    }

    /// What is known of a function from how its address travels.
    struct Marks: OptionSet, Sendable {
        var rawValue: UInt8
        static let taken = Marks(rawValue: 1)
        /// Its address went where the analysis does not follow.
        static let escaped = Marks(rawValue: 2)
        /// Some creation names it.
        static let startRoutine = Marks(rawValue: 4)
        static let returnsTwice = Marks(rawValue: 8)
        static let initializer = Marks(rawValue: 16)
        /// May be called by what is not known: its arguments may be anything.
        static let calledFromUnknown = Marks(rawValue: 32)
    }

    /// Names of imported symbols.
    var symbols: [String] = []
    var sets: [TargetSet] = []
    var targets: [Callee] = []
    var cells: [Cell] = []
    /// By call.
    var edges: [Edge] = []
    var callbacks: [Callback] = []
    /// By function.
    var marks: [Marks] = []
    /// What cells were seen to hold that other binaries may call through: the set is an index into `sets`.
    var slots: [(cell: Cell, set: Int)] = []
    /// Of calls that create a thread or submit work: the set of start routines, by call.
    var routines: [Int: Int] = [:]

    /// Of exported symbols that a resolver chooses for: the set of what it may choose.
    var resolved: [String: Int] = [:]

    /// For each function where its callers begin in `callers`, and a closing one.
    var firstCaller: [Int] = []
    /// Into the facts' calls: those that call it directly or through a set of up to level `classes`.
    var callers: [Int32] = []

    func callers(of function: Int) -> ArraySlice<Int32> {
        guard function >= 0, function + 1 < firstCaller.count else { return [] }
        return callers[firstCaller[function]..<firstCaller[function + 1]]
    }

    /// The edges of one call.
    func edges(of call: Int) -> ArraySlice<Edge> {
        let low = edges.partition { $0.call < call }
        var end = low
        while end < edges.count, edges[end].call == call { end += 1 }
        return edges[low..<end]
    }

    func targets(of set: Int) -> ArraySlice<Callee> { targets[sets[set].targets] }
}
