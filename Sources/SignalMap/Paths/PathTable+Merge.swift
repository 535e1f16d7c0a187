extension PathTable {
    /// What a comparison path says: 1 where `left` and `right` are as the condition of a jump says.
    struct Comparison: Hashable {
        /// Opcode bits of the condition (DWI_EQUAL and so on).
        var condition: UInt8
        /// The bits that both have are compared with 0, not the difference.
        var isMask: Bool
        /// Bytes.
        var width: UInt8
        var left: PathID
        var right: PathID
    }

    mutating func comparison(_ comparison: Comparison) -> PathID {
        if !comparison.left.isKnown, !comparison.right.isKnown { return .unknown }
        let packed =
            UInt64(comparison.right.index) | UInt64(comparison.condition) << 32 | UInt64(comparison.width) << 40
            | (comparison.isMask ? 1 << 48 : 0)
        return intern(AccessPath(kind: .comparison, base: comparison.left, value: Int64(bitPattern: packed)))
    }

    /// nil where a path is none.
    func comparison(_ path: PathID) -> Comparison? {
        let node = self[path]
        guard node.kind == .comparison else { return nil }
        let packed = UInt64(bitPattern: node.value)
        return Comparison(
            condition: UInt8(truncatingIfNeeded: packed >> 32), isMask: packed >> 48 & 1 != 0,
            width: UInt8(truncatingIfNeeded: packed >> 40), left: node.base, right: node.other)
    }

    /// The functions' own tables are made one: returns the place here of each place there.
    mutating func merge(_ other: PathTable) -> [PathID] {
        var moved = [PathID](repeating: .unknown, count: other.nodes.count)
        // A node's parts have lower places than itself.
        for place in other.nodes.indices { moved[place] = move(other, place) { moved[Int($0.index)] } }
        return moved
    }

    /// Only the paths that are asked for are taken over, with all that they are made of; `moved` keeps what was, by
    /// the place there, and is as long as there are places.
    mutating func move(_ path: PathID, from other: borrowing PathTable, _ moved: inout [PathID]) -> PathID {
        let place = Int(path.index)
        if place == 0 || moved[place].isKnown { return moved[place] }
        let node = other.nodes[place]
        switch node.kind {
        case .field, .element, .load: _ = move(node.base, from: other, &moved)
        case .comparison:
            _ = move(node.base, from: other, &moved)
            _ = move(node.other, from: other, &moved)
        case .alternatives, .derived:
            for member in other.sets[Int(node.base.index)] { _ = move(member, from: other, &moved) }
        default: break
        }
        moved[place] = move(other, place) { moved[Int($0.index)] }
        return moved[place]
    }

    /// One step, whose parts have been moved.
    private mutating func move(_ other: borrowing PathTable, _ place: Int, _ moved: (PathID) -> PathID) -> PathID {
        var node = other.nodes[place]
        switch node.kind {
        case .field, .element, .load: node.base = moved(node.base)
        case .comparison:
            node.base = moved(node.base)
            node.value = (node.value & ~0xffff_ffff) | Int64(moved(node.other).index)
        case .alternatives, .derived: return set(node.kind, other.sets[Int(node.base.index)].map(moved))
        case .symbol: node.base = PathID(index: symbolIndex(other.symbols[Int(node.base.index)]))
        case .threadLocal:
            if node.base.isKnown {
                node.base = PathID(index: symbolIndex(other.symbols[Int(node.base.index) - 1]) + 1)
            }
        default: break
        }
        return intern(node)
    }
}

extension AccessPath {
    /// The right side of a comparison.
    var other: PathID { PathID(index: UInt32(truncatingIfNeeded: value)) }

    static func mixed(_ value: UInt64) -> UInt64 {
        // The finishing steps of MurmurHash3's 64-bit variant.
        var hash = value
        hash ^= hash >> 33
        hash = hash &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        hash = hash &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }

    var mixed: UInt64 {
        let parts = UInt64(base.index) << 32 | UInt64(type.index)
        return Self.mixed(Self.mixed(parts &+ UInt64(kind.rawValue) << 56) &+ UInt64(bitPattern: value))
    }
}
