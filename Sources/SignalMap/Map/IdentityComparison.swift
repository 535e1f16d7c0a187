import SignalMapABI

/// Whether two identities, of any maps of a set, may be one object. Remembers what it has found out: for one thread.
package final class IdentityComparison {
    package enum Answer: UInt8, Comparable, Sendable {
        /// The same variable.
        case same
        /// The same member, reached by the same pointer member or from the same place that allocates.
        case member
        /// The same member of the same type; which objects of the type they are is not told apart.
        case type
        /// Nothing speaks against it but what is not known.
        case possible
        case no

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    private let set: SignalMapSet
    private var space = ObjectSpace()
    private var binaries: [Int32] = []
    /// By map and member, key set and identity there.
    private var members: [[UInt32]] = []
    private var keySets: [[UInt32?]] = []
    private var identities: [[UInt32: Identity]] = []

    package init(_ set: SignalMapSet) {
        self.set = set
        for map in set.maps {
            let binary = space.addBinary()
            binaries.append(binary)
            let members = map.members.map { member in
                space.member(
                    ObjectSpace.Member(
                        structure: map.string(member.structure) ?? "", name: map.string(member.name) ?? "",
                        offset: member.offset))
            }
            self.members.append(members)
            keySets.append(
                map.keySets.indices.map { index in
                    space.keySet(
                        map.keys(ofSet: UInt32(index)).compactMap { $0 < members.count ? members[Int($0)] : nil })
                })
            identities.append([:])
            for source in map.sources { add(source, map, members, binary) }
        }
    }

    package func compare(_ a: UInt32, in mapA: Int, with b: UInt32, in mapB: Int) -> Answer {
        switch space.match(identity(a, mapA), identity(b, mapB)).level {
        case .global: .same
        case .field: .member
        case .type: .type
        case .may: .possible
        case .no: .no
        }
    }

    private func identity(_ index: UInt32, _ map: Int) -> Identity {
        if let known = identities[map][index] { return known }
        let file = set.maps[map]
        let hops = file.hops(ofIdentity: index).map { record in
            var hop = Identity.Hop(kind: Identity.Kind(rawValue: record.kind) ?? .unknown)
            hop.isWhole = record.is_whole != 0
            hop.isSymbol = record.is_symbol != 0
            hop.keys = record.keys < keySets[map].count ? keySets[map][Int(record.keys)] : nil
            hop.name = file.string(record.name).map { space.name($0) }
            hop.function = Int32(bitPattern: record.function)
            hop.offset = record.offset
            hop.address = record.address
            hop.binary = binaries[map]
            return hop
        }
        // Whatever is damaged may be anything.
        let identity = hops.isEmpty || hops.count > PathTable.maximalDepth * 4 ? .unknown : Identity(hops: hops)
        identities[map][index] = identity
        return identity
    }

    private func add(_ record: dwm_source, _ map: SignalMapFile, _ members: [UInt32], _ binary: Int32) {
        func member(_ place: UInt32) -> UInt32? { place < members.count ? members[Int(place)] : nil }
        func variable(_ name: UInt32, _ address: UInt64) -> ObjectSpace.Cell {
            map.string(name).map { .symbol(space.name($0)) } ?? .variable(binary, address)
        }
        let source: ObjectSpace.Source
        switch dwm_source_kind(rawValue: record.kind) {
        case DWM_SOURCE_FRESH: source = .fresh(binary, record.address, record.value)
        case DWM_SOURCE_MEMBER: source = member(record.value).map { .held(.member($0)) } ?? .unknown
        case DWM_SOURCE_VARIABLE: source = .held(variable(record.value, record.address))
        case DWM_SOURCE_INSIDE: source = member(record.value).map { .inside($0) } ?? .unknown
        case DWM_SOURCE_GLOBAL:
            source =
                map.string(record.value).map { .symbol(space.name($0), Int64(bitPattern: record.address)) }
                ?? .global(binary, record.address)
        case DWM_SOURCE_STACK: source = .stack(binary, Int32(bitPattern: record.value))
        default: source = .unknown
        }
        if let place = member(record.member) {
            space.add(source, to: .member(place))
        } else if record.variable != DWM_NONE || record.cell != 0 {
            space.add(source, to: variable(record.variable, record.cell))
        } else {
            space.addLost(source)
        }
    }
}
