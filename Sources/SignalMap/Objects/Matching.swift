/// Whether two identities denote the same object.
struct Match: Hashable {
    enum Level: UInt8, Comparable {
        /// They do not, and there is a reason.
        case no
        /// Something about them is not known.
        case may
        /// The same member of the same structure; which objects of the type they are is not told apart.
        case type
        /// Reached through the same pointer member, too, or from the same place that allocates.
        case field
        /// The same variable.
        case global
        static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    /// Why they are two.
    enum Reason: UInt8 {
        case otherVariable
        /// Both are known to be such an object as a whole, in different members.
        case otherMember
        /// What the pointers that they are reached by may point to is known, and nothing of it is in both.
        case otherSources
        case otherAllocation
        /// A variable, a local, or fresh memory: what is one is not another.
        case otherStorage
    }

    var level: Level
    /// Hops that agree, from the object outwards.
    var agreed = 0
    var reason: Reason?
    /// They lie at different offsets of what they are reached by, and nothing else is known: a guess that they are two,
    /// which a pointer into the middle of a structure defeats.
    var differsByOffset = false

    static func no(_ reason: Reason) -> Match { Match(level: .no, reason: reason) }
}

extension ObjectSpace {
    /// A reason is needed for `.no`; whatever is not known leads to `.may`.
    mutating func match(_ p: Identity, _ q: Identity) -> Match {
        guard let a = p.hops.first, let b = q.hops.first, a.kind != .unknown, b.kind != .unknown else {
            return Match(level: .may)
        }
        var progress = Progress()
        if let decided = matchObjects(p, q, &progress) { return decided }
        if a.isRoot && b.isRoot { return matchRoots(a, b, progress) }
        if a.isRoot || b.isRoot {
            let (root, chain) = a.isRoot ? (a, q) : (b, p)
            return match(root, chain, 1, progress)
        }
        if progress.isWeak { return progress.end }
        for index in 1..<max(p.hops.count, q.hops.count, 2) {
            let a = index < p.hops.count ? p.hops[index] : .unknown
            let b = index < q.hops.count ? q.hops[index] : .unknown
            switch (a.kind, b.kind) {
            case (.member, .member):
                guard let mine = a.keys, let theirs = b.keys else { return progress.end }
                if !intersect(mine, theirs) {
                    return a.isWhole && b.isWhole ? .no(.otherMember) : progress.end
                }
                progress.agreed += 1
            case (.pointer, .pointer): return matchPointers(p, q, index, progress)
            case (.member, .pointer), (.pointer, .member):
                let (member, chain) = a.kind == .member ? (a, q) : (b, p)
                if let keys = member.keys, member.isWhole, !mayPoint(into: sets[Int(keys)], chain, index) {
                    return .no(.otherSources)
                }
                return progress.end
            case _ where a.isRoot && b.isRoot: return matchRoots(a, b, progress)
            case _ where a.isRoot: return match(a, q, index, progress)
            default: return match(b, p, index, progress)
            }
        }
        return progress.end
    }

    struct Progress {
        var agreed = 0
        /// Something about the member that is the object is a guess.
        var isWeak = false
        var differsByOffset = false
        var throughPointer = false

        var end: Match {
            let level: Match.Level = isWeak || agreed == 0 ? .may : throughPointer ? .field : .type
            return Match(level: level, agreed: agreed, differsByOffset: differsByOffset && level == .may)
        }
    }

    func intersect(_ a: UInt32, _ b: UInt32) -> Bool {
        a == b || sets[Int(a)].contains { sets[Int(b)].contains($0) }
    }

    // MARK: The object's own member

    private mutating func matchObjects(_ p: Identity, _ q: Identity, _ progress: inout Progress) -> Match? {
        let a = p.hops[0]
        let b = q.hops[0]
        switch (a.keys, b.keys) {
        case (let mine?, let theirs?):
            if intersect(mine, theirs) {
                progress.agreed = 1
            } else if a.isWhole && b.isWhole {
                return .no(.otherMember)
            } else {
                progress.isWeak = true
            }
        case (nil, nil):
            // Two objects as such: what leads to them decides. Else only offsets are known.
            guard a.kind == .member, b.kind == .member else { break }
            if a.isWhole && b.isWhole { break }
            progress.isWeak = true
            progress.differsByOffset = a.offset != b.offset && !a.isWhole && !b.isWhole
        default:
            let (named, other) = a.keys != nil ? (a, q) : (b, p)
            guard other.hops[0].kind == .member else { break }
            if other.hops[0].isWhole, named.isWhole, let keys = named.keys, !named.isRoot, other.hops.count > 1,
                other.hops[1].kind == .pointer, !mayPoint(into: sets[Int(keys)], other, 1)
            {
                return .no(.otherSources)
            }
            progress.isWeak = true
        }
        return nil
    }

    // MARK: Roots

    /// Far beyond what an index in code has added to it.
    private static let reachOfIndex: UInt64 = 1 << 20

    private func matchRoots(_ a: Identity.Hop, _ b: Identity.Hop, _ progress: Progress) -> Match {
        func same(_ level: Match.Level) -> Match { Match(level: level, agreed: progress.agreed + 1) }
        switch (a.kind, b.kind) {
        case (.unknown, _), (_, .unknown), (.parameter, _), (_, .parameter): return progress.end
        case (.global, .global), (.global, .element), (.element, .global), (.element, .element):
            if (a.function >= 0) != (b.function >= 0) { return .no(.otherStorage) }
            if a.function >= 0 { return progress.end }
            switch relation(a, b) {
            case .same: return same(a.kind == .global && b.kind == .global ? .global : .type)
            case .other: return .no(.otherVariable)
            case .open: return progress.end
            }
        case (.stack, .stack):
            guard a.binary == b.binary, a.function == b.function else { return progress.end }
            return a.offset == b.offset ? same(.global) : .no(.otherVariable)
        case (.stack, .element), (.element, .stack):
            return a.function >= 0 && b.function >= 0 ? progress.end : .no(.otherStorage)
        case (.threadLocal, .threadLocal):
            if a.isSymbol != b.isSymbol { return progress.end }
            let isSame = a.isSymbol ? a.name == b.name : a.binary == b.binary
            if isSame && a.offset == b.offset { return same(.global) }
            return .no(.otherVariable)
        case (.allocation, .allocation):
            if a.binary != b.binary || a.offset != b.offset { return .no(.otherAllocation) }
            if a.address == b.address { return same(a.address == 0 ? .type : .field) }
            return a.address == 0 || b.address == 0 ? same(.type) : .no(.otherAllocation)
        default: return .no(.otherStorage)
        }
    }

    private enum Relation { case same, other, open }

    /// Of two variables, or places in them.
    private func relation(_ a: Identity.Hop, _ b: Identity.Hop) -> Relation {
        let isIndexed = a.kind == .element || b.kind == .element
        if a.binary == b.binary && a.address != 0 && b.address != 0 {
            if !isIndexed {
                return a.address &+ UInt64(bitPattern: a.offset) == b.address &+ UInt64(bitPattern: b.offset)
                    ? .same : .other
            }
            let isOpen = a.isOpenElement || b.isOpenElement
            if !isOpen { return a.address == b.address ? .same : .other }
            let distance = a.address > b.address ? a.address - b.address : b.address - a.address
            return distance > Self.reachOfIndex ? .other : .open
        }
        if a.isSymbol && b.isSymbol {
            guard let mine = a.name, let theirs = b.name else { return .open }
            if mine != theirs { return .other }
            return isIndexed || a.offset == b.offset ? .same : .other
        }
        // An element of what is not known may be one of anything near; another binary's variables are not.
        return .other
    }

    /// A variable, a local or fresh memory, and an object that is reached by a chain.
    private mutating func match(_ root: Identity.Hop, _ chain: Identity, _ index: Int, _ progress: Progress) -> Match {
        guard index < chain.hops.count else { return progress.end }
        let hop = chain.hops[index]
        if hop.isRoot { return matchRoots(root, hop, progress) }
        guard hop.kind == .pointer, !progress.isWeak else { return progress.end }
        if !mayPoint(to: root, chain, index) { return .no(.otherSources) }
        return progress.end
    }
}

extension Identity.Hop {
    var isRoot: Bool { kind != .member && kind != .pointer }
    var isOpenElement: Bool { kind == .element && name == nil }
}
