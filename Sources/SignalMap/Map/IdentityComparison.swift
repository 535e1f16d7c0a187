import SignalMapABI

/// Whether two identities, of any maps of a set, may be one object.
///
/// "No" needs a reason that holds: members that are known as wholes and differ, variables that differ, locals of
/// different functions. Whatever is not known may be the same.
package struct IdentityComparison {
    package enum Answer: UInt8, Comparable, Sendable {
        /// The same variable, or the same member reached in the same ways.
        case same
        /// The same member of the same type: of the same object or of another one of the type.
        case member
        /// The same kind of object behind another pointer.
        case type
        /// Nothing speaks against it but what is not known.
        case possible
        case no

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    private let set: SignalMapSet
    /// For each map and member a number that members of equal names and offsets share.
    private let numbers: [[Int]]

    private struct MemberName: Hashable {
        var structure: String
        var name: String
        var offset: UInt64
    }

    package init(_ set: SignalMapSet) {
        self.set = set
        var places: [MemberName: Int] = [:]
        numbers = set.maps.map { map in
            map.members.map { member in
                let name = MemberName(
                    structure: map.string(member.structure) ?? "", name: map.string(member.name) ?? "",
                    offset: member.offset)
                let number = places[name] ?? places.count
                places[name] = number
                return number
            }
        }
    }

    package func compare(_ a: UInt32, in mapA: Int, with b: UInt32, in mapB: Int) -> Answer {
        let left = set.maps[mapA].hops(ofIdentity: a)
        let right = set.maps[mapB].hops(ofIdentity: b)
        guard !left.isEmpty, !right.isEmpty else { return .possible }
        if mapA == mapB, a == b { return isRooted(left) ? .same : hasMember(left) ? .member : .possible }
        var answer = Answer.same
        for (x, y) in zip(left, right) {
            if x.kind != y.kind { return mixed(x, y, answer) }
            switch dwm_hop_kind(rawValue: UInt32(x.kind)) {
            case DWM_HOP_MEMBER:
                switch sameKeys(x, mapA, y, mapB) {
                case true?: break
                case false?: return x.is_whole != 0 && y.is_whole != 0 ? .no : .possible
                case nil: answer = max(answer, .possible)
                }
            case DWM_HOP_POINTER:
                switch sameKeys(x, mapA, y, mapB) {
                case true?: break
                case false?: return max(answer, .type)
                case nil: answer = max(answer, .possible)
                }
            default: return max(answer, root(x, mapA, y, mapB))
            }
        }
        return max(answer, .member)
    }

    private func isRooted(_ hops: UnsafeBufferPointer<dwm_hop>) -> Bool {
        hops.last.map { [DWM_HOP_GLOBAL, DWM_HOP_THREAD_LOCAL].contains(dwm_hop_kind(rawValue: UInt32($0.kind))) }
            ?? false
    }

    private func hasMember(_ hops: UnsafeBufferPointer<dwm_hop>) -> Bool { hops.contains { $0.keys != DWM_NONE } }

    /// nil where one of them is not known.
    private func sameKeys(_ x: dwm_hop, _ mapA: Int, _ y: dwm_hop, _ mapB: Int) -> Bool? {
        guard x.keys != DWM_NONE, y.keys != DWM_NONE else { return nil }
        func known(_ hop: dwm_hop, _ map: Int) -> Set<Int> {
            Set(
                set.maps[map].keys(ofSet: hop.keys).compactMap {
                    $0 < numbers[map].count ? numbers[map][Int($0)] : nil
                })
        }
        return !known(x, mapA).isDisjoint(with: known(y, mapB))
    }

    /// Two variables, locals, allocations, parameters or unknown roots.
    private func root(_ x: dwm_hop, _ mapA: Int, _ y: dwm_hop, _ mapB: Int) -> Answer {
        switch dwm_hop_kind(rawValue: UInt32(x.kind)) {
        case DWM_HOP_GLOBAL, DWM_HOP_ELEMENT, DWM_HOP_THREAD_LOCAL:
            let isElement = x.kind == UInt8(DWM_HOP_ELEMENT.rawValue)
            let named = (set.maps[mapA].string(x.name), set.maps[mapB].string(y.name))
            let isSame =
                mapA == mapB
                ? x.address == y.address && x.name == y.name && (x.address != 0 || x.name != DWM_NONE)
                : x.is_symbol != 0 && y.is_symbol != 0 && named.0 != nil && named.0 == named.1
            if isSame { return x.offset == y.offset ? (isElement ? .member : .same) : isElement ? .possible : .no }
            return isElement ? .possible : .no
        case DWM_HOP_STACK:
            return mapA == mapB && x.function == y.function ? (x.offset == y.offset ? .member : .no) : .no
        case DWM_HOP_ALLOCATION:
            return mapA == mapB && x.address == y.address && x.offset == y.offset ? .member : .possible
        default: return .member
        }
    }

    /// A root met a member or another kind of root: objects on the stack are no variables, and what is not known or
    /// handed in may be either.
    private func mixed(_ x: dwm_hop, _ y: dwm_hop, _ answer: Answer) -> Answer {
        let kinds = [x, y].map { dwm_hop_kind(rawValue: UInt32($0.kind)) }
        func isOwn(_ kind: dwm_hop_kind) -> Bool {
            [DWM_HOP_GLOBAL, DWM_HOP_STACK, DWM_HOP_ALLOCATION, DWM_HOP_THREAD_LOCAL].contains(kind)
        }
        if kinds.allSatisfy(isOwn) { return .no }
        // With a member in common the rest only tells objects of one type apart.
        return answer == .same
            ? (x.keys == DWM_NONE && y.keys == DWM_NONE ? .member : .possible) : max(answer, .possible)
    }
}
