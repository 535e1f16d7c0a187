extension TypeTable {
    /// Bytes; 0 where nothing is known.
    func size(of type: TypeID) -> UInt64 {
        switch shape(type) {
        case .unknown, .void, .function: return 0
        case .integer(let bytes), .floating(let bytes), .enumeration(let bytes): return UInt64(bytes)
        case .pointer: return 8
        case .array(let element, let count):
            let (bytes, overflow) = size(of: element).multipliedReportingOverflow(by: count ?? 0)
            return overflow ? 0 : bytes
        case .structure(let index): return structures[Int(index)].size
        }
    }

    /// Structures in structures, and structures that begin with others, are followed to this depth; a hostile file could
    /// have one contain itself.
    private static let depthLimit = 32
    /// More members at one offset have only hostile files.
    private static let memberLimit = 256

    /// The innermost members at an offset of a structure or array; where the offset lies behind a structure, those of
    /// the structures that begin with it. Descent ends at synchronization objects, which are members as a whole.
    func leaf(at offset: UInt64, in type: TypeID) -> Leaf {
        var leaf = Leaf()
        var types = LeafTypes()
        guard let (structure, inner) = element(at: offset, of: type) else {
            if !isStructure(type), offset == 0 { leaf.type = type }
            return leaf
        }
        if inner < structures[Int(structure)].size || hasOpenEnd(structure, at: inner) {
            collect(inner, structure, &leaf, &types, depth: 0)
        } else {
            for outer in extending(structure, beyond: inner) { collect(inner, outer, &leaf, &types, depth: 0) }
        }
        leaf.type = types.agreed(self)
        return leaf
    }

    private func isStructure(_ type: TypeID) -> Bool {
        if case .structure = shape(type) { true } else { false }
    }

    /// The structure that an offset lies in, and the offset there: of an array its element.
    private func element(at offset: UInt64, of type: TypeID) -> (structure: UInt32, offset: UInt64)? {
        var type = type
        var offset = offset
        for _ in 0..<Self.depthLimit {
            switch shape(type) {
            case .structure(let index): return (index, offset)
            case .array(let element, _):
                let size = size(of: element)
                guard size > 0 else { return nil }
                offset %= size
                type = element
            default: return nil
            }
        }
        return nil
    }

    /// Whether a structure ends in an array without a length that reaches to any offset.
    private func hasOpenEnd(_ structure: UInt32, at offset: UInt64) -> Bool {
        var structure = structure
        var offset = offset
        for _ in 0..<Self.depthLimit {
            guard let last = structures[Int(structure)].members.last, last.offset <= offset else { return false }
            switch shape(last.type) {
            case .array(_, let count): return count ?? 0 == 0
            case .structure(let inner):
                structure = inner
                offset -= last.offset
            default: return false
            }
        }
        return false
    }

    /// The nearest structures that begin with a structure and reach over an offset.
    private func extending(_ structure: UInt32, beyond offset: UInt64) -> [UInt32] {
        var found: [UInt32] = []
        var seen: Set<UInt32> = [structure]
        var open = [structure]
        while let next = open.popLast(), seen.count < 4 * Self.memberLimit {
            for outer in extensions[next] ?? [] where seen.insert(outer).inserted {
                if structures[Int(outer)].size > offset || hasOpenEnd(outer, at: offset) {
                    found.append(outer)
                } else {
                    open.append(outer)
                }
            }
        }
        return found.sorted()
    }

    /// The types of the members that were found, as far as they agree; and how much may still be looked at.
    private struct LeafTypes {
        private var first: TypeID?
        private var pointer: TypeID?
        private var disagree = false
        private var pointersDisagree = false
        /// Members still to be looked at: structures of a hostile file may contain each other without end.
        var budget = 1 << 14

        mutating func add(_ type: TypeID, isStructurePointer: Bool) {
            if let first, first != type { disagree = true }
            first = first ?? type
            guard isStructurePointer else { return }
            if let pointer, pointer != type { pointersDisagree = true }
            pointer = pointer ?? type
        }

        /// A pointer to a structure says more than the other alternatives of a union.
        func agreed(_ table: TypeTable) -> TypeID {
            if !disagree { return first ?? .unknown }
            return pointersDisagree ? .unknown : pointer ?? .unknown
        }
    }

    private func collect(
        _ offset: UInt64, _ structure: UInt32, _ leaf: inout Leaf, _ types: inout LeafTypes, depth: Int
    ) {
        guard depth < Self.depthLimit else { return }
        let members = structures[Int(structure)].members
        for index in members.indices {
            let member = members[index]
            types.budget -= 1
            guard types.budget > 0 else { return }
            guard member.offset <= offset, leaf.members.count < Self.memberLimit else { continue }
            var type = member.type
            var rest = offset - member.offset
            guard enter(&type, &rest) else { continue }
            let isObject = isSynchronization(type)
            if case .structure(let inner) = shape(type), !isObject {
                let size = structures[Int(inner)].size
                if rest < max(size, 1) || hasOpenEnd(inner, at: rest) {
                    collect(rest, inner, &leaf, &types, depth: depth + 1)
                }
                continue
            }
            guard rest < max(size(of: type), 1) else { continue }
            leaf.members.append(MemberKey(structure: structure, member: UInt32(truncatingIfNeeded: index)))
            if rest == 0 { leaf.isStart = true }
            guard rest == 0 || isObject else { continue }
            var isStructurePointer = false
            if case .pointer(let target) = shape(type) { isStructurePointer = isStructure(target) }
            types.add(type, isStructurePointer: isStructurePointer)
        }
    }

    /// Goes from an array to the element at an offset; false where the offset lies behind it.
    private func enter(_ type: inout TypeID, _ offset: inout UInt64) -> Bool {
        for _ in 0..<Self.depthLimit {
            guard case .array(let element, let count) = shape(type) else { return true }
            let size = size(of: element)
            guard size > 0 else { return true }
            // An array of length 0 is how flexible ones were written before C99.
            if let count, count > 0, offset / size >= count { return false }
            offset %= size
            type = element
        }
        return false
    }

    /// The structure that begins exactly at an offset of another one or of an array of such: the outermost if it begins
    /// with others in turn, as a pointer there is most often one to it. At offset 0 of a structure this is its first
    /// member or base; unknown where none begins.
    func nested(at offset: UInt64, in type: TypeID) -> TypeID {
        if case .array = shape(type) {
            var element = type
            var rest = offset
            if enter(&element, &rest), rest == 0, isStructure(element) { return element }
        }
        guard let (start, inner) = element(at: offset, of: type) else { return .unknown }
        if inner >= structures[Int(start)].size, !hasOpenEnd(start, at: inner) {
            var found = TypeID.unknown
            for outer in extending(start, beyond: inner) {
                let type = nested(at: inner, in: outer)
                guard type.isKnown else { continue }
                if found.isKnown, found != type { return .unknown }
                found = type
            }
            return found
        }
        return nested(at: inner, in: start)
    }

    private func nested(at offset: UInt64, in structure: UInt32) -> TypeID {
        var structure = structure
        var offset = offset
        for _ in 0..<Self.depthLimit {
            var next: (UInt32, UInt64)?
            for member in structures[Int(structure)].members where member.offset <= offset {
                var type = member.type
                var rest = offset - member.offset
                guard enter(&type, &rest), case .structure(let inner) = shape(type) else { continue }
                guard rest < max(structures[Int(inner)].size, 1) || hasOpenEnd(inner, at: rest) else { continue }
                if rest == 0 { return type }
                if next == nil { next = (inner, rest) }
            }
            guard let next else { return .unknown }
            (structure, offset) = next
        }
        return .unknown
    }
}
