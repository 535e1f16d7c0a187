// What pointers may point to, as a reason for two objects to be two.
extension ObjectSpace {
    /// The cells that a pointer hop is of; empty where that is a guess or not known at all.
    private func cells(_ identity: Identity, _ index: Int) -> [Cell] {
        let hop = identity.hops[index]
        guard hop.isWhole else { return [] }
        if let keys = hop.keys { return sets[Int(keys)].map { .member($0) } }
        guard index + 1 < identity.hops.count else { return [] }
        let root = identity.hops[index + 1]
        guard root.kind == .global else { return [] }
        if root.isSymbol {
            guard let name = root.name, root.offset == 0 else { return [] }
            return [.symbol(name)]
        }
        return [.variable(root.binary, root.address &+ UInt64(bitPattern: root.offset))]
    }

    /// All that the pointer may point to; nil where something of it is not known.
    private mutating func targets(_ identity: Identity, _ index: Int) -> Set<Source>? {
        let cells = cells(identity, index)
        if cells.isEmpty { return nil }
        var all: Set<Source> = []
        for cell in cells { all.formUnion(closure(cell)) }
        return all.contains(.unknown) ? nil : all
    }

    /// Two pointers: the same cell, or cells that may point to the same.
    mutating func matchPointers(_ p: Identity, _ q: Identity, _ index: Int, _ progress: Progress) -> Match {
        var progress = progress
        let a = p.hops[index]
        let b = q.hops[index]
        if let mine = a.keys, let theirs = b.keys, intersect(mine, theirs) {
            progress.agreed += 1
            progress.throughPointer = true
            return progress.end
        }
        let mine = cells(p, index)
        if !mine.isEmpty, !Set(mine).isDisjoint(with: cells(q, index)) {
            progress.agreed += 1
            progress.throughPointer = true
            return progress.end
        }
        guard let left = targets(p, index), let right = targets(q, index) else { return progress.end }
        if !mayMeet(left, right) { return .no(.otherSources) }
        return progress.end
    }

    /// Whether two pointers with these targets may point into one object. What was stored at an unknown place may stand
    /// in either.
    private func mayMeet(_ a: Set<Source>, _ b: Set<Source>) -> Bool {
        if overlap(a, b) { return true }
        return !lost.isEmpty && (overlap(a, lost) || overlap(b, lost))
    }

    private func overlap(_ a: Set<Source>, _ b: Set<Source>) -> Bool {
        if !a.isDisjoint(with: b) { return true }
        for one in a {
            for other in b where isSame(one, other) { return true }
        }
        return false
    }

    private func isSame(_ a: Source, _ b: Source) -> Bool {
        switch (a, b) {
        case (.fresh(let first, let outer, let inner), .fresh(let second, let otherOuter, let otherInner)):
            return first == second && inner == otherInner && (outer == 0 || otherOuter == 0 || outer == otherOuter)
        // A member of something may be one of that very variable.
        case (.inside, .global), (.inside, .symbol), (.inside, .stack): return true
        case (.global, .inside), (.symbol, .inside), (.stack, .inside): return true
        case (.global(let first, let address), .global(let second, let other)):
            return first == second && (address > other ? address - other : other - address) < Self.reachOfPointer
        case (.symbol(let name, _), .symbol(let other, _)): return name == other
        case (.stack(let first, let function), .stack(let second, let other)):
            return first == second && function == other
        default: return false
        }
    }

    /// Two addresses this near may be those of one variable.
    private static let reachOfPointer: UInt64 = 1 << 16

    /// Whether a pointer may point to this variable, local or fresh memory.
    mutating func mayPoint(to root: Identity.Hop, _ chain: Identity, _ index: Int) -> Bool {
        guard let targets = targets(chain, index) else { return true }
        let source: Source
        switch root.kind {
        case .global, .element:
            if root.function >= 0 {
                source = .stack(root.binary, root.function)
            } else if root.isSymbol {
                guard let name = root.name else { return true }
                source = .symbol(name, 0)
            } else {
                source = .global(root.binary, root.address &+ UInt64(bitPattern: root.offset))
            }
        case .stack: source = .stack(root.binary, root.function)
        case .allocation:
            source = .fresh(root.binary, root.address, UInt32(truncatingIfNeeded: root.offset))
        default: return true
        }
        return mayMeet(targets, [source])
    }

    /// Whether a pointer may point to, or into, one of these members.
    mutating func mayPoint(into members: [UInt32], _ chain: Identity, _ index: Int) -> Bool {
        guard let targets = targets(chain, index) else { return true }
        let all = targets.union(lost)
        // The address of the first member is that of the structure.
        if members.contains(where: { self.members[Int($0)].offset == 0 }), all.contains(where: \.isOutermost) {
            return true
        }
        return overlap(all, Set(members.map { .inside($0) }))
    }
}

extension ObjectSpace.Source {
    /// A whole object, not a part of one.
    fileprivate var isOutermost: Bool {
        switch self {
        case .fresh, .global, .symbol, .stack: true
        case .held, .inside, .unknown: false
        }
    }
}
