/// The members of a binary's structures as sets that are looked up often; each set once.
final class MemberTable {
    /// What is known of an offset of a structure.
    struct Place: Hashable {
        /// Into `sets`; nil where no member is known.
        var keys: UInt32?
        /// Of the member.
        var type = TypeID.unknown
        /// The structure's own size covers the offset, and the member begins there: it is no guess.
        var isWhole = false
        /// The member is an object that threads wait on or lock.
        var isSynchronization = false
        /// The structures around the innermost one, inside out: the member that holds what came before.
        var outer: [UInt32] = []
        /// Nothing but an object that threads wait on is meant: there is no member around it.
        var isBare = false
    }

    private struct Spot: Hashable {
        var type: TypeID
        var offset: Int64
    }

    let types: TypeTable
    private(set) var sets: [[MemberKey]] = []
    private var setPlaces: [[MemberKey]: UInt32] = [:]
    private var places: [Spot: Place] = [:]
    /// Structures that make up the objects of the library: their members are not told apart.
    private var inner: Set<UInt32> = []

    private var lookalikeMemo: [MemberKey: [MemberKey]] = [:]
    /// Structures by what they begin with.
    private lazy var byFirstMember: [TypeTable.Member: [UInt32]] = {
        var found: [TypeTable.Member: [UInt32]] = [:]
        for (index, structure) in types.structures.enumerated() where !structure.isUnion {
            if let first = structure.members.first { found[first, default: []].append(UInt32(index)) }
        }
        return found
    }()

    /// Structures that are members elsewhere than at the start, or elements of arrays.
    private lazy var embedded: Set<UInt32> = {
        var found: Set<UInt32> = []
        for structure in types.structures {
            for member in structure.members {
                guard let inner = types.structure(member.type) else { continue }
                if case .structure = types.shape(member.type), member.offset == 0, !structure.isUnion { continue }
                found.insert(inner)
            }
        }
        return found
    }()

    init(_ types: TypeTable) {
        self.types = types
        for (index, shape) in types.shapes.enumerated() {
            if case .structure = shape, types.isSynchronization(TypeID(index: UInt32(index))) {
                addInner(TypeID(index: UInt32(index)), 0)
            }
        }
    }

    private func addInner(_ type: TypeID, _ depth: Int) {
        guard depth < 8, let index = types.structure(type), inner.insert(index).inserted else { return }
        for member in types.structures[Int(index)].members { addInner(member.type, depth + 1) }
    }

    func isSynchronization(_ type: TypeID) -> Bool {
        if types.isSynchronization(type) { return true }
        if case .structure(let index) = types.shape(type) { return inner.contains(index) }
        return false
    }

    func intern(_ keys: [MemberKey]) -> UInt32? {
        guard !keys.isEmpty else { return nil }
        let sorted = keys.sorted { ($0.structure, $0.member) < ($1.structure, $1.member) }
        if let place = setPlaces[sorted] { return place }
        let place = UInt32(sets.count)
        sets.append(sorted)
        setPlaces[sorted] = place
        return place
    }

    /// The type of a cell `offset` bytes into a `type`.
    func cellType(_ type: TypeID, _ offset: UInt64) -> TypeID {
        type.isKnown ? place(Int64(clamping: offset), in: type).type : .unknown
    }

    /// What lies at an offset of a structure, array or object; with an offset into an element where `isElement`.
    func place(_ offset: Int64, in type: TypeID, isElement: Bool = false) -> Place {
        let spot = Spot(type: type, offset: isElement ? ~offset : offset)
        if let place = places[spot] { return place }
        let place = isElement ? element(offset, type) : find(offset, type)
        places[spot] = place
        return place
    }

    /// The index is into an array of such things or into an array in one: a constant that it hides may lead from one
    /// member into another.
    private func element(_ offset: Int64, _ type: TypeID) -> Place {
        let size = Int64(clamping: types.size(of: type))
        guard size > 0 else { return Place() }
        let arrays = arrays(in: type, 0)
        if arrays.isEmpty {
            let inside = offset % size
            return find(inside < 0 ? inside + size : inside, type)
        }
        var place = find(offset, type)
        let isInArray = arrays.count == 1 && arrays[0].contains(UInt64(clamping: offset))
        if offset < 0 || !isInArray { place.isWhole = false }
        return place
    }

    /// Where a structure has arrays of more than numbers, in bytes from its start.
    private func arrays(in type: TypeID, _ depth: Int) -> [Range<UInt64>] {
        guard depth < 8, case .structure(let index) = types.shape(type), !isSynchronization(type) else { return [] }
        var found: [Range<UInt64>] = []
        for member in types.structures[Int(index)].members {
            let size = types.size(of: member.type)
            let (end, overflow) = member.offset.addingReportingOverflow(size)
            if overflow { continue }
            if case .array(let element, _) = types.shape(member.type) {
                switch types.shape(element) {
                case .integer, .floating, .enumeration, .unknown, .void: break
                default: found.append(member.offset..<end)
                }
            } else {
                for inner in arrays(in: member.type, depth + 1) {
                    let (low, isTooFar) = inner.lowerBound.addingReportingOverflow(member.offset)
                    let (high, isFarther) = inner.upperBound.addingReportingOverflow(member.offset)
                    if !isTooFar && !isFarther { found.append(low..<high) }
                }
            }
        }
        return found
    }

    private func find(_ offset: Int64, _ type: TypeID) -> Place {
        var place = Place()
        guard type.isKnown, offset >= 0 else { return place }
        if isSynchronization(type) {
            place.type = type
            // Inside of it only its own code looks.
            place.isBare = UInt64(offset) < max(types.size(of: type), 1)
            place.isSynchronization = place.isBare
            place.isWhole = place.isBare
            return place
        }
        guard types.structure(type) != nil else {
            if offset == 0 { place.type = type }
            return place
        }
        let leaf = types.leaf(at: UInt64(offset), in: type)
        let size = types.size(of: type)
        place.type = leaf.type
        place.keys = intern(leaf.members.flatMap { [$0] + lookalikes(of: $0) })
        place.isSynchronization = isSynchronization(leaf.type)
        // Behind the structure's end the member is a guess: that it stands at the start of a larger one. There is no other
        // place for it where it is never part of anything else: the public part of one private structure.
        let isInside = UInt64(offset) < size
        let isCertain = isInside || leaf.members.count == 1 && isOnlyAtStart(type)
        place.isWhole = leaf.isStart && isCertain && place.keys != nil
        if place.isWhole && isInside { place.outer = enclosing(UInt64(offset), type, leaf.members) }
        return place
    }

    /// A structure that is a member of others only as their first one.
    private func isOnlyAtStart(_ type: TypeID) -> Bool {
        guard case .structure(let index) = types.shape(type) else { return false }
        return !embedded.contains(index)
    }

    /// The same member of structures that begin with the same members, by name, type and offset, up to this one: code
    /// casts between such structures.
    private func lookalikes(of key: MemberKey) -> [MemberKey] {
        if let known = lookalikeMemo[key] { return known }
        let structure = types.structures[Int(key.structure)]
        var found: [MemberKey] = []
        if !structure.isUnion, let first = structure.members.first {
            let prefix = structure.members[...Int(key.member)]
            for other in byFirstMember[first] ?? [] where other != key.structure {
                let members = types.structures[Int(other)].members
                if members.count >= prefix.count, members[..<prefix.count] == prefix {
                    found.append(MemberKey(structure: other, member: key.member))
                }
            }
        }
        lookalikeMemo[key] = found
        return found
    }

    /// The members that hold the structure with the innermost member, inside out, up to the structure `type`.
    private func enclosing(_ offset: UInt64, _ type: TypeID, _ innermost: [MemberKey]) -> [UInt32] {
        var chain: [UInt32] = []
        var offset = offset
        var type = type
        for _ in 0..<8 {
            guard let index = types.structure(type) else { break }
            if innermost.contains(where: { $0.structure == index }) { break }
            let size = max(types.structures[Int(index)].size, 1)
            if case .array = types.shape(type) { offset %= size }
            let holding = types.structures[Int(index)].members.enumerated().filter {
                offset >= $0.element.offset && offset - $0.element.offset < max(types.size(of: $0.element.type), 1)
            }
            // In a union, which one is meant cannot be told.
            guard holding.count == 1, let (number, member) = holding.first else { return [] }
            // A base class at the start is the object itself.
            let isSame = member.isBase && member.offset == 0
            if !isSame, let keys = intern([MemberKey(structure: index, member: UInt32(number))]) { chain.append(keys) }
            offset -= member.offset
            type = member.type
        }
        return chain.reversed()
    }
}
