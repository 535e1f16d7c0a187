import DebugInfo
import SignalMapABI

/// What people call an object: `WT_ASYNC.flush_cond->cond`, `jobs.ready`, `main: a local`.
///
/// The name goes from the object outwards to the first pointer, or to the variable that holds it: what lies behind a
/// pointer tells objects of one kind apart, not kinds of objects.
package struct IdentityText {
    private let map: SignalMapFile

    package init(_ map: SignalMapFile) { self.map = map }

    /// What an object is called that nothing is known of.
    package static let unknown = "unknown"

    package func name(_ identity: UInt32) -> String {
        text(Array(map.hops(ofIdentity: identity)), isFull: false)
    }

    /// With all hops, to the root.
    package func path(_ identity: UInt32) -> String {
        text(Array(map.hops(ofIdentity: identity)), isFull: true)
    }

    /// Whether the identity tells the object apart from others: by a member, or as a variable, a local or an allocation.
    package func isDecided(_ identity: UInt32) -> Bool {
        let hops = map.hops(ofIdentity: identity)
        for hop in hops {
            switch dwm_hop_kind(rawValue: UInt32(hop.kind)) {
            case DWM_HOP_MEMBER, DWM_HOP_POINTER:
                if hop.keys != DWM_NONE { return true }
            case DWM_HOP_GLOBAL, DWM_HOP_ELEMENT, DWM_HOP_STACK, DWM_HOP_ALLOCATION, DWM_HOP_THREAD_LOCAL: return true
            default: return false
            }
        }
        return false
    }

    /// Whether nothing of an identity's name is known but the function that the object belongs to: such names have a
    /// colon or a space.
    func namesFunction(_ identity: UInt32) -> Bool {
        for hop in map.hops(ofIdentity: identity) {
            switch dwm_hop_kind(rawValue: UInt32(hop.kind)) {
            case DWM_HOP_STACK, DWM_HOP_PARAMETER, DWM_HOP_ALLOCATION: return true
            case DWM_HOP_MEMBER, DWM_HOP_POINTER:
                if hop.keys != DWM_NONE { return false }
            default: return false
            }
        }
        return false
    }

    private func text(_ hops: [dwm_hop], isFull: Bool) -> String {
        /// What was gone through so far, from outside in: `.a->b`.
        var inner = ""
        var structure = ""
        var isKnown = false
        for (index, hop) in hops.enumerated() {
            switch dwm_hop_kind(rawValue: UInt32(hop.kind)) {
            case DWM_HOP_MEMBER, DWM_HOP_POINTER:
                let isPointer = hop.kind == UInt8(DWM_HOP_POINTER.rawValue)
                if isPointer, !inner.isEmpty { inner = "->" + inner.drop { $0 == "." } }
                let next = index + 1 < hops.count ? hops[index + 1] : nil
                // A pointer or an object that has a place of its own: the variable behind it is the place.
                if hop.keys == DWM_NONE, hop.offset == 0, isRoot(next) { continue }
                let part = member(hop.keys)
                isKnown = isKnown || part != nil
                structure = part?.structure ?? "?"
                inner = (part.map { "." + $0.name } ?? offset(hop.offset)) + inner
                if isPointer, !isFull, part != nil { return structure + inner }
                if index == hops.count - 1 { return structure + inner }
            case DWM_HOP_UNKNOWN, DWM_HOP_PARAMETER:
                if isKnown, !isFull { return structure + inner }
                return isFull && isKnown ? structure + inner + " of " + root(hop) : attached(root(hop), inner)
            case DWM_HOP_ALLOCATION:
                if isKnown, !isFull { return structure + inner }
                return isKnown ? structure + inner + " of " + root(hop) : attached(root(hop), inner)
            default: return attached(root(hop), inner)
            }
        }
        return inner.isEmpty ? Self.unknown : structure + inner
    }

    private func attached(_ root: String, _ inner: String) -> String {
        guard root.contains(" "), !inner.isEmpty else { return root + inner }
        return "\(inner.drop { $0 == "." || $0 == "-" || $0 == ">" }) of \(root)"
    }

    private func isRoot(_ hop: dwm_hop?) -> Bool {
        hop.map { $0.kind != UInt8(DWM_HOP_MEMBER.rawValue) && $0.kind != UInt8(DWM_HOP_POINTER.rawValue) } ?? false
    }

    private func root(_ hop: dwm_hop) -> String {
        switch dwm_hop_kind(rawValue: UInt32(hop.kind)) {
        case DWM_HOP_GLOBAL:
            if let name = map.string(hop.name) {
                return display(name) + (member(hop.keys).map { "." + $0.name } ?? plainOffset(hop.offset))
            }
            return "variable at \(hexadecimal(hop.address &+ UInt64(bitPattern: hop.offset)))"
        case DWM_HOP_ELEMENT:
            guard let name = map.string(hop.name) ?? (hop.address == 0 ? nil : hexadecimal(hop.address)) else {
                return "an element of some array"
            }
            return display(name) + "[…]" + (member(hop.keys).map { "." + $0.name } ?? "")
        case DWM_HOP_STACK:
            let function = functionName(hop.function)
            if let name = map.string(hop.name) { return function + ":" + name }
            let what = member(hop.keys).map { "\($0.structure).\($0.name)" }
            return "\(function):local" + (what.map { "(\($0))" } ?? plainOffset(hop.offset))
        case DWM_HOP_ALLOCATION: return "what \(functionName(hop.function)) allocates"
        case DWM_HOP_THREAD_LOCAL:
            return map.string(hop.name).map(display) ?? "thread-local\(plainOffset(hop.offset))"
        case DWM_HOP_PARAMETER: return "parameter \(hop.offset &+ 1) of \(functionName(hop.function))"
        default: return Self.unknown
        }
    }

    /// Of a set of members the first by name; a set of several is marked.
    private func member(_ keys: UInt32) -> (structure: String, name: String)? {
        let members = map.keys(ofSet: keys).compactMap { map.member($0) }.map {
            (structure: map.string($0.structure) ?? "?", name: map.string($0.name) ?? "")
        }.sorted { ($0.structure, $0.name) < ($1.structure, $1.name) }
        guard let first = members.first else { return nil }
        return (first.structure, first.name + (members.count > 1 ? "|…" : ""))
    }

    private func display(_ name: String) -> String { Demangler.demangle(name) ?? name }

    package func functionName(_ function: UInt32) -> String {
        guard let record = map.function(function) else { return "a function" }
        return map.string(record.name).map { Self.short(display($0)) } ?? "function \(hexadecimal(record.start))"
    }

    /// A function's name without its parameters: `ns::f<int>(char*)` is `ns::f<int>`.
    package static func short(_ name: String) -> String {
        // "operator()" and "(anonymous namespace)" have parentheses of their own.
        var depth = 0
        let bytes = name.utf8
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "<"): depth += 1
            case UInt8(ascii: ">"): depth -= 1
            case UInt8(ascii: "(") where depth == 0:
                let rest = name[index...]
                if rest.hasPrefix("(anonymous") || name[..<index].hasSuffix("operator") || rest.hasPrefix("()(") {
                    break
                }
                return index == name.startIndex ? name : String(name[..<index])
            default: break
            }
        }
        return name
    }

    private func offset(_ offset: Int64) -> String { ".[\(offset < 0 ? "-" : "+")\(hexadecimal(offset.magnitude))]" }

    private func plainOffset(_ offset: Int64) -> String {
        offset == 0 ? "" : (offset < 0 ? "-" : "+") + hexadecimal(offset.magnitude)
    }

    private func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
