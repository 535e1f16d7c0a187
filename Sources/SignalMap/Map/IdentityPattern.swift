import DebugInfo
import SignalMapABI

/// What a person calls an object: `TYPE.FIELD`, a variable's name, `VARIABLE.FIELD`, `FUNCTION:LOCAL`, or a field alone.
///
/// Types match by their tag or by the usual spelling of its typedef: `WT_ASYNC` is `__wt_async`, `queue_t` is `queue`.
package struct IdentityPattern: Sendable {
    package let text: String
    private let structure: String?
    private let field: String
    /// Of `FUNCTION:LOCAL`.
    private let function: String?

    package init(_ text: String) {
        self.text = text
        // "::" belongs to C++ names; one colon alone stands between a function and its local.
        if let colon = Self.colon(in: text) {
            function = String(text[..<colon])
            structure = nil
            field = String(text[text.index(after: colon)...])
        } else if let dot = text.lastIndex(of: ".") {
            function = nil
            structure = String(text[..<dot])
            field = String(text[text.index(after: dot)...])
        } else {
            function = nil
            structure = nil
            field = text
        }
    }

    private static func colon(in text: String) -> String.Index? {
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":" {
                if next < text.endIndex, text[next] == ":" {
                    index = text.index(after: next)
                    continue
                }
                return index
            }
            index = next
        }
        return nil
    }

    /// Those of some identities of a map that the text means, by some hop on the way from the object outwards.
    package func identities(among identities: [UInt32], in map: SignalMapFile) -> [UInt32] {
        var members: Set<UInt32> = []
        if function == nil {
            for (index, member) in map.members.enumerated() where matches(member, map) { members.insert(UInt32(index)) }
        }
        // What is not in it is in no name of a local, a parameter or an allocation.
        let mayNameFunction = text.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: " ") }
        return identities.filter { identity in
            if function == nil, mayNameFunction || !IdentityText(map).namesFunction(identity),
                IdentityText(map).name(identity) == text
            {
                return true
            }
            return map.hops(ofIdentity: identity).contains { matches($0, members, map) }
        }
    }

    private func matches(_ member: dwm_member, _ map: SignalMapFile) -> Bool {
        guard map.string(member.name) == field else { return false }
        guard let structure else { return true }
        return map.string(member.structure).map { Self.isSameType(structure, $0) } ?? false
    }

    private func matches(_ hop: dwm_hop, _ members: Set<UInt32>, _ map: SignalMapFile) -> Bool {
        if map.keys(ofSet: hop.keys).contains(where: members.contains) { return true }
        switch dwm_hop_kind(rawValue: UInt32(hop.kind)) {
        case DWM_HOP_GLOBAL, DWM_HOP_ELEMENT, DWM_HOP_THREAD_LOCAL:
            guard function == nil, let name = map.string(hop.name) else { return false }
            let spellings = [name, Demangler.demangle(name) ?? name]
            return spellings.contains(text) || structure.map { spellings.contains($0) } == true && hop.keys == DWM_NONE
        case DWM_HOP_STACK:
            guard let function else { return false }
            let name = IdentityText(map).functionName(hop.function)
            guard name == function || map.name(ofFunction: hop.function) == function else { return false }
            return field == "local" || field == "*" || map.string(hop.name) == field
                || map.string(hop.name) == nil && map.keys(ofSet: hop.keys).isEmpty
        default: return false
        }
    }

    /// Equal, equal behind the last `::`, or the one a typedef of the other by the conventions of C.
    static func isSameType(_ wanted: String, _ found: String) -> Bool {
        if wanted == found || found.hasSuffix("::" + wanted) { return true }
        return plain(wanted) == plain(found)
    }

    private static func plain(_ name: String) -> String {
        var name = name.lowercased()[...]
        for prefix in ["struct ", "class ", "union "] where name.hasPrefix(prefix) {
            name = name.dropFirst(prefix.count)
        }
        while name.hasPrefix("_") { name = name.dropFirst() }
        while name.hasSuffix("_") { name = name.dropLast() }
        for suffix in ["_t", "_s", "_st", "_tag", "_struct"] where name.hasSuffix(suffix) {
            name = name.dropLast(suffix.count)
            break
        }
        return String(name)
    }
}
