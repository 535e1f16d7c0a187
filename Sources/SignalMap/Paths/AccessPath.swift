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

/// Access paths, each once. Not to be shared between threads while it grows.
struct PathTable {
    private(set) var nodes: [AccessPath] = [AccessPath(kind: .unknown)]
    /// Members of alternatives and derived values, sorted.
    private(set) var sets: [[PathID]] = []
    private(set) var symbols: [String] = []
    private var depths: [UInt8] = [0]
    private var places: [AccessPath: UInt32] = [:]
    private var setPlaces: [[PathID]: UInt32] = [:]
    private var symbolPlaces: [String: UInt32] = [:]

    /// Paths of more steps are cut: they tell objects apart no better, and loops would make them without end.
    static let maximalDepth = 9

    init() {}

    subscript(path: PathID) -> AccessPath { nodes[Int(path.index)] }

    /// The place of a step; `.unknown` where the path would be too long.
    mutating func intern(_ node: AccessPath) -> PathID {
        if let place = places[node] { return PathID(index: place) }
        var depth: UInt8 = 0
        switch node.kind {
        case .field, .element, .load: depth = depths[Int(node.base.index)] + 1
        case .alternatives, .derived: depth = (sets[Int(node.base.index)].map { depths[Int($0.index)] }.max() ?? 0) + 1
        default: break
        }
        if depth > Self.maximalDepth { return .unknown }
        let place = UInt32(nodes.count)
        nodes.append(node)
        depths.append(depth)
        places[node] = place
        return PathID(index: place)
    }

    mutating func number(_ value: Int64) -> PathID { intern(AccessPath(kind: .number, value: value)) }

    mutating func symbol(_ name: String, _ addend: Int64 = 0) -> PathID {
        intern(AccessPath(kind: .symbol, base: PathID(index: symbolIndex(name)), value: addend))
    }

    mutating func symbolIndex(_ name: String) -> UInt32 {
        if let place = symbolPlaces[name] { return place }
        let place = UInt32(symbols.count)
        symbols.append(name)
        symbolPlaces[name] = place
        return place
    }

    /// One of these, or what is computed from these; a single alternative is itself, and unknown swallows all.
    mutating func set(_ kind: AccessPath.Kind, _ members: [PathID]) -> PathID {
        var flat: [PathID] = []
        for member in members {
            let node = self[member]
            if node.kind == kind { flat += sets[Int(node.base.index)] } else { flat.append(member) }
        }
        flat.sort()
        var unique: [PathID] = []
        for member in flat where unique.last != member { unique.append(member) }
        if unique.contains(.unknown) { return .unknown }
        if kind == .alternatives, unique.count == 1 { return unique[0] }
        let place: UInt32
        if let known = setPlaces[unique] {
            place = known
        } else {
            place = UInt32(sets.count)
            sets.append(unique)
            setPlaces[unique] = place
        }
        return intern(AccessPath(kind: kind, base: PathID(index: place)))
    }

    /// The members of alternatives; of anything else itself.
    func alternatives(_ path: PathID) -> [PathID] {
        let node = self[path]
        return node.kind == .alternatives ? sets[Int(node.base.index)] : [path]
    }

    /// Where a chain of fields, elements and loads begins.
    func root(_ path: PathID) -> PathID {
        var path = path
        while true {
            switch self[path].kind {
            case .field, .element, .load: path = self[path].base
            default: return path
            }
        }
    }

    /// The functions' own tables are made one: returns the place here of each place there.
    mutating func merge(_ other: PathTable) -> [PathID] {
        var moved = [PathID](repeating: .unknown, count: other.nodes.count)
        // A node's parts have lower places than itself.
        for (place, node) in other.nodes.enumerated() {
            switch node.kind {
            case .unknown: break
            case .field, .element, .load:
                var node = node
                node.base = moved[Int(node.base.index)]
                moved[place] = intern(node)
            case .alternatives, .derived:
                moved[place] = set(node.kind, other.sets[Int(node.base.index)].map { moved[Int($0.index)] })
            case .symbol:
                moved[place] = symbol(other.symbols[Int(node.base.index)], node.value)
            case .threadLocal:
                var node = node
                if node.base.isKnown {
                    node.base = PathID(index: symbolIndex(other.symbols[Int(node.base.index) - 1]) + 1)
                }
                moved[place] = intern(node)
            default: moved[place] = intern(node)
            }
        }
        return moved
    }
}
