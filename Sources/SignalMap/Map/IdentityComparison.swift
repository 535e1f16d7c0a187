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
        var handed: Set<UInt32> = []
        for map in set.maps {
            let binary = space.addBinary()
            binaries.append(binary)
            var isHanded: [Bool] = []
            let members = map.members.map { member in
                let structure = map.string(member.structure) ?? ""
                isHanded.append(set.isHandedElsewhere(structure))
                return space.member(
                    ObjectSpace.Member(
                        structure: structure, name: map.string(member.name) ?? "", offset: member.offset))
            }
            self.members.append(members)
            keySets.append(
                map.keySets.indices.map { index in
                    space.keySet(
                        map.keys(ofSet: UInt32(index)).compactMap { $0 < members.count ? members[Int($0)] : nil })
                })
            identities.append([:])
            // They are sorted by cell.
            var run: (cell: ObjectSpace.Cell, sources: [ObjectSpace.Source])?
            for record in map.sources {
                if record.member < members.count, isHanded[Int(record.member)] {
                    let member = members[Int(record.member)]
                    if handed.insert(member).inserted { space.add(.unknown, to: .member(member)) }
                    continue
                }
                if record.kind == UInt32(DWM_SOURCE_HANDED.rawValue) { continue }
                let source = source(record, map, members, binary)
                guard let cell = cell(record, map, members, binary) else {
                    space.addLost(source)
                    continue
                }
                if run?.cell == cell {
                    run?.sources.append(source)
                } else {
                    if let run { space.add(run.sources, to: run.cell) }
                    run = (cell, [source])
                }
            }
            if let run { space.add(run.sources, to: run.cell) }
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

    /// Where a source is stored; nil where that is not known.
    private func cell(
        _ record: dwm_source, _ map: SignalMapFile, _ members: [UInt32], _ binary: Int32
    ) -> ObjectSpace.Cell? {
        if record.member < members.count { return .member(members[Int(record.member)]) }
        guard record.variable != DWM_NONE || record.cell != 0 else { return nil }
        return variable(record.variable, record.cell, map, binary)
    }

    private func variable(
        _ name: UInt32, _ address: UInt64, _ map: SignalMapFile, _ binary: Int32
    ) -> ObjectSpace.Cell {
        map.string(name).map { .symbol(space.name($0)) } ?? .variable(binary, address)
    }

    private func source(
        _ record: dwm_source, _ map: SignalMapFile, _ members: [UInt32], _ binary: Int32
    ) -> ObjectSpace.Source {
        func member(_ place: UInt32) -> UInt32? { place < members.count ? members[Int(place)] : nil }
        switch dwm_source_kind(rawValue: record.kind) {
        case DWM_SOURCE_FRESH: return .fresh(binary, record.address, record.value)
        case DWM_SOURCE_MEMBER: return member(record.value).map { .held(.member($0)) } ?? .unknown
        case DWM_SOURCE_VARIABLE: return .held(variable(record.value, record.address, map, binary))
        case DWM_SOURCE_INSIDE: return member(record.value).map { .inside($0) } ?? .unknown
        case DWM_SOURCE_GLOBAL:
            return map.string(record.value).map { .symbol(space.name($0), Int64(bitPattern: record.address)) }
                ?? .global(binary, record.address)
        case DWM_SOURCE_STACK: return .stack(binary, Int32(bitPattern: record.value))
        default: return .unknown
        }
    }
}
