// What a field or element is a member of.
extension ObjectAnalysis {
    /// The innermost member that an address is of, and what the address counts from.
    struct FoundPlace {
        var member: MemberTable.Place
        /// The pointer that the structure was reached by.
        var base: PathID
        var offset: Int64
        var isElement: Bool
    }

    /// Of a path that is a field or an element. Places in places are one place of the outermost structure that is known:
    /// code may go there in one step or in several.
    func place(of path: PathID) -> FoundPlace {
        let node = paths[path]
        let isElement = node.kind == .element
        let own = FoundPlace(
            member: members.place(node.value, in: node.type, isElement: isElement), base: node.base, offset: node.value,
            isElement: isElement)
        var folded = FoundPlace(member: own.member, base: node.base, offset: node.value, isElement: isElement)
        var type = node.type
        while true {
            let below = paths[folded.base]
            guard below.kind == .field || below.kind == .element, below.type.isKnown || !type.isKnown else { break }
            folded.offset &+= below.value
            folded.isElement = folded.isElement || below.kind == .element
            folded.base = below.base
            type = below.type
        }
        if folded.base == own.base { return own }
        folded.member = members.place(folded.offset, in: type, isElement: folded.isElement)
        // A cast: what the code itself says of the place is nearer.
        if !folded.member.isWhole, own.member.isWhole || own.member.isBare { return own }
        return folded
    }
}
