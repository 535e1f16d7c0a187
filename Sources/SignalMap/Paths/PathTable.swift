/// Access paths, each once. Not to be shared between threads while it grows.
struct PathTable {
    private(set) var nodes: [AccessPath] = []
    private(set) var symbols: [String] = []
    private var depths: [UInt8] = []
    /// A hash table with open addressing: places of nodes, 0 where free. Its size is a power of two.
    private var heads = [UInt32](repeating: 0, count: Self.smallestTable)
    /// Members of alternatives and derived values one set behind the other, and where each begins.
    private var setMembers: [PathID] = []
    private var setStarts: [UInt32] = [0]
    private var setHeads = [UInt32](repeating: 0, count: Self.smallestTable)
    private var symbolPlaces: [String: UInt32] = [:]
    private var gathered: [PathID] = []

    /// Paths of more steps are cut: they tell objects apart no better, and loops would make them without end.
    static let maximalDepth: UInt8 = 9
    private static let smallestTable = 1024

    init() { addUnknown() }

    @inline(__always)
    subscript(path: PathID) -> AccessPath { nodes[Int(path.index)] }

    private mutating func addUnknown() {
        nodes.append(AccessPath(kind: .unknown))
        depths.append(0)
    }

    /// As new; what was allocated is kept, unless it is large.
    mutating func removeAll() {
        nodes.removeAll(keepingCapacity: true)
        depths.removeAll(keepingCapacity: true)
        setMembers.removeAll(keepingCapacity: true)
        setStarts.removeAll(keepingCapacity: true)
        setStarts.append(0)
        if !symbols.isEmpty {
            symbols.removeAll(keepingCapacity: true)
            symbolPlaces.removeAll(keepingCapacity: true)
        }
        Self.empty(&heads)
        Self.empty(&setHeads)
        addUnknown()
    }

    private static func empty(_ heads: inout [UInt32]) {
        if heads.count > 4 * smallestTable {
            heads = [UInt32](repeating: 0, count: smallestTable)
        } else {
            for index in heads.indices { heads[index] = 0 }
        }
    }

    // MARK: Steps

    /// The place of a step; `.unknown` where the path would be too long.
    mutating func intern(_ node: AccessPath) -> PathID {
        let mask = heads.count - 1
        var slot = Int(truncatingIfNeeded: node.mixed) & mask
        while true {
            let place = heads[slot]
            if place == 0 { break }
            if nodes[Int(place)] == node { return PathID(index: place) }
            slot = (slot + 1) & mask
        }
        let depth = depth(of: node)
        if depth > Self.maximalDepth || node.kind == .unknown { return .unknown }
        let place = UInt32(nodes.count)
        nodes.append(node)
        depths.append(depth)
        heads[slot] = place
        if nodes.count * 2 > heads.count { growHeads() }
        return PathID(index: place)
    }

    private func depth(of node: AccessPath) -> UInt8 {
        switch node.kind {
        case .field, .element, .load: return depths[Int(node.base.index)] + 1
        case .alternatives, .derived:
            var depth: UInt8 = 0
            for member in sets[Int(node.base.index)] { depth = max(depth, depths[Int(member.index)]) }
            return depth + 1
        case .comparison: return max(depths[Int(node.base.index)], depths[Int(node.other.index)]) + 1
        default: return 0
        }
    }

    private mutating func growHeads() {
        heads = [UInt32](repeating: 0, count: heads.count * 4)
        let mask = heads.count - 1
        for place in 1..<nodes.count {
            var slot = Int(truncatingIfNeeded: nodes[place].mixed) & mask
            while heads[slot] != 0 { slot = (slot + 1) & mask }
            heads[slot] = UInt32(place)
        }
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

    /// How many steps lie between a path and its root.
    func depth(_ path: PathID) -> Int { Int(depths[Int(path.index)]) }

    /// Where a chain of fields, elements and loads begins.
    @inline(__always)
    func root(_ path: PathID) -> PathID {
        var path = path
        while true {
            switch self[path].kind {
            case .field, .element, .load: path = self[path].base
            default: return path
            }
        }
    }

    // MARK: Sets

    /// Members of alternatives and derived values, sorted, by the index that these have as their `base`.
    var sets: Sets { Sets(members: setMembers, starts: setStarts) }

    struct Sets {
        fileprivate var members: [PathID]
        fileprivate var starts: [UInt32]
        var count: Int { starts.count - 1 }
        subscript(set: Int) -> ArraySlice<PathID> { members[Int(starts[set])..<Int(starts[set + 1])] }
    }

    /// The members of alternatives or of a derived value.
    func members(_ path: PathID) -> ArraySlice<PathID> { sets[Int(self[path].base.index)] }

    /// The members of alternatives; of anything else itself.
    func alternatives(_ path: PathID) -> [PathID] {
        self[path].kind == .alternatives ? Array(members(path)) : [path]
    }

    /// One of these, or what is computed from these; a single alternative is itself, and unknown swallows all.
    mutating func set(_ kind: AccessPath.Kind, _ members: [PathID]) -> PathID {
        set(kind, members[...], atMost: .max)
    }

    /// As above; unknown where there would be more than `limit` members.
    mutating func set(_ kind: AccessPath.Kind, _ members: ArraySlice<PathID>, atMost limit: Int) -> PathID {
        gathered.removeAll(keepingCapacity: true)
        for member in members {
            if self[member].kind == kind {
                let node = self[member]
                for inner in sets[Int(node.base.index)] { gather(inner) }
            } else {
                gather(member)
            }
        }
        return gatheredSet(kind, atMost: limit)
    }

    /// Of two.
    mutating func set(_ kind: AccessPath.Kind, _ a: PathID, _ b: PathID, atMost limit: Int) -> PathID {
        gathered.removeAll(keepingCapacity: true)
        gatherAll(a, kind)
        gatherAll(b, kind)
        return gatheredSet(kind, atMost: limit)
    }

    private mutating func gatherAll(_ path: PathID, _ kind: AccessPath.Kind) {
        let node = self[path]
        if node.kind == kind {
            let index = Int(node.base.index)
            for place in Int(setStarts[index])..<Int(setStarts[index + 1]) { gather(setMembers[place]) }
        } else {
            gather(path)
        }
    }

    private mutating func gather(_ path: PathID) {
        var place = gathered.count
        while place > 0, gathered[place - 1] > path { place -= 1 }
        if place > 0, gathered[place - 1] == path { return }
        gathered.insert(path, at: place)
    }

    private mutating func gatheredSet(_ kind: AccessPath.Kind, atMost limit: Int) -> PathID {
        guard let first = gathered.first, first != .unknown, gathered.count <= limit else { return .unknown }
        if kind == .alternatives, gathered.count == 1 { return first }
        return intern(AccessPath(kind: kind, base: PathID(index: setIndex())))
    }

    /// The place of the set that was gathered.
    private mutating func setIndex() -> UInt32 {
        var hash: UInt64 = UInt64(gathered.count)
        for member in gathered { hash = AccessPath.mixed(hash &+ UInt64(member.index)) }
        let mask = setHeads.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while setHeads[slot] != 0 {
            let set = Int(setHeads[slot]) - 1
            if hasGathered(set) { return UInt32(set) }
            slot = (slot + 1) & mask
        }
        let place = setStarts.count - 1
        setMembers += gathered
        setStarts.append(UInt32(setMembers.count))
        setHeads[slot] = UInt32(place + 1)
        if setStarts.count * 2 > setHeads.count { growSetHeads() }
        return UInt32(place)
    }

    private func hasGathered(_ set: Int) -> Bool {
        let start = Int(setStarts[set])
        guard Int(setStarts[set + 1]) - start == gathered.count else { return false }
        for index in gathered.indices where setMembers[start + index] != gathered[index] { return false }
        return true
    }

    private mutating func growSetHeads() {
        setHeads = [UInt32](repeating: 0, count: setHeads.count * 4)
        let mask = setHeads.count - 1
        for set in 0..<setStarts.count - 1 {
            let members = Int(setStarts[set])..<Int(setStarts[set + 1])
            var hash = UInt64(members.count)
            for place in members { hash = AccessPath.mixed(hash &+ UInt64(setMembers[place].index)) }
            var slot = Int(truncatingIfNeeded: hash) & mask
            while setHeads[slot] != 0 { slot = (slot + 1) & mask }
            setHeads[slot] = UInt32(set + 1)
        }
    }
}
