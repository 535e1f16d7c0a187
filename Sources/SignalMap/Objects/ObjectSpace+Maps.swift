import SignalMapABI

// The identities of maps that were read from files.
extension ObjectSpace {
    /// Takes in the sources of a map; returns the number of its binary.
    mutating func add(_ map: SignalMapFile) -> Int32 {
        let binary = addBinary()
        for record in map.sources {
            let source = self.source(record, map, binary)
            if record.member != DWM_NONE {
                if let member = member(record.member, map) { add(source, to: .member(member)) }
            } else if let variable = map.string(record.variable) {
                add(source, to: .symbol(name(variable)))
            } else if record.cell != 0 {
                add(source, to: .variable(binary, record.cell))
            } else {
                addLost(source)
            }
        }
        return binary
    }

    private mutating func member(_ index: UInt32, _ map: SignalMapFile) -> UInt32? {
        guard let record = map.member(index) else { return nil }
        return member(
            Member(
                structure: map.string(record.structure) ?? "", name: map.string(record.name) ?? "",
                offset: record.offset))
    }

    private mutating func source(_ record: dwm_source, _ map: SignalMapFile, _ binary: Int32) -> Source {
        switch dwm_source_kind(rawValue: UInt32(record.kind)) {
        case DWM_SOURCE_FRESH: return .fresh(binary, record.address, record.value)
        case DWM_SOURCE_MEMBER: return member(record.value, map).map { .held(.member($0)) } ?? .unknown
        case DWM_SOURCE_INSIDE: return member(record.value, map).map { .inside($0) } ?? .unknown
        case DWM_SOURCE_GLOBAL:
            if let text = map.string(record.value) {
                return .symbol(name(text), Int64(bitPattern: record.address))
            }
            return .global(binary, record.address)
        case DWM_SOURCE_STACK: return .stack(binary, Int32(truncatingIfNeeded: record.value))
        default: return .unknown
        }
    }

    /// An identity of a map that was added. What a damaged record says counts as unknown.
    mutating func identity(_ index: UInt32, of map: SignalMapFile, _ binary: Int32) -> Identity {
        var hops: [Identity.Hop] = []
        for record in map.hops(ofIdentity: index) {
            guard let kind = Identity.Kind(rawValue: record.kind) else {
                hops.append(.unknown)
                break
            }
            var hop = Identity.Hop(kind: kind)
            hop.isWhole = record.is_whole != 0
            hop.isSymbol = record.is_symbol != 0
            if record.keys != DWM_NONE {
                hop.keys = keySet(map.keys(ofSet: record.keys).compactMap { member($0, map) })
                if hop.keys == nil { hop.isWhole = false }
            }
            hop.name = map.string(record.name).map { name($0) }
            hop.function = record.function == DWM_NONE ? -1 : Int32(truncatingIfNeeded: record.function)
            hop.offset = record.offset
            hop.address = record.address
            hop.binary = binary
            hops.append(hop)
        }
        return hops.isEmpty ? .unknown : Identity(hops: hops)
    }
}
