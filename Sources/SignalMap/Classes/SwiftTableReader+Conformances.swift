extension SwiftTableReader {
    // MARK: Conformances

    mutating func readConformances() {
        for entry in records.list("swift5_protocol_conformances", mask: 0) {
            let descriptor = entry.target
            guard let flags = records.u32(descriptor &+ 12), spend(1) else { continue }
            readResilientWitnesses(descriptor, flags)
            guard let table = records.relative(descriptor &+ 8), data.word(at: table)?.value == descriptor else {
                continue
            }
            let count = requirementCount(records.relativeIndirectable(descriptor))
            var slots: [ClassTables.Slot] = []
            var end = table &+ 8
            for number in 1...UInt64(count ?? Self.requirementLimit) where spend(1) {
                let place = table &+ number &* 8
                if count == nil, data.isMarked(place) || data.word(at: place) == nil { break }
                guard data.region(holding: place) != nil else { break }
                end = place &+ 8
                // Associated types and base protocols have words, too.
                guard let word = data.word(at: place), let callee = callee(word) else { continue }
                slots.append(ClassTables.Slot(offset: Int32(clamping: number * 8), callee: callee))
            }
            found.append(
                FoundTable(
                    start: table, end: end, address: table, kind: .swiftWitness,
                    symbol: symbols[table].map { data.intern($0.name) } ?? -1,
                    isExported: symbols[table]?.isDynamic ?? false, slots: slots))
        }
    }

    /// How many words behind the first a witness table of a protocol has; nil for another module's protocol.
    private func requirementCount(_ protocolReference: SwiftRecords.Target?) -> UInt32? {
        guard case .here(let descriptor) = protocolReference, records.kind(descriptor) == .protocolContext,
            let count = records.u32(descriptor &+ 16), count > 0, count <= Self.requirementLimit
        else { return nil }
        return count
    }

    /// Witnesses of a protocol whose table another module lays out: their places are not known here.
    mutating func readResilientWitnesses(_ descriptor: UInt64, _ flags: UInt32) {
        // Bits: 6 retroactive, 8 to 15 conditional requirements, 16 resilient witnesses, 24 to 31 parameter packs.
        guard flags >> 16 & 1 != 0 else { return }
        var place = descriptor &+ 16
        if flags >> 6 & 1 != 0 { place &+= 4 }
        place = place &+ UInt64(flags >> 8 & 0xff) &* 12
        let packs = UInt64(flags >> 24)
        if packs > 0 { place = place &+ 4 &+ packs &* 8 }
        guard let count = records.u32(place), count <= Self.requirementLimit else { return }
        for number in 0..<UInt64(count) where spend(1) {
            let record = place &+ 4 &+ number &* 8
            if let target = records.relative(record &+ 4), let callee = callee(at: target) { unplaced.append(callee) }
        }
    }

    /// Default implementations of protocols that tables made in the running process take.
    mutating func readProtocols() {
        for entry in records.list("swift5_protocols", mask: 3) {
            let descriptor = entry.target
            guard records.kind(descriptor) == .protocolContext, let signature = records.u32(descriptor &+ 12),
                signature <= Self.requirementLimit, let count = records.u32(descriptor &+ 16),
                count <= Self.requirementLimit
            else { continue }
            let first = descriptor &+ 24 &+ UInt64(signature) &* 12
            for number in 0..<UInt64(count) where spend(1) {
                if let target = records.relative(first &+ number &* 8 &+ 4), let callee = callee(at: target) {
                    unplaced.append(callee)
                }
            }
        }
    }

    // MARK: Value witnesses

    /// Eight functions, then size, stride, flags; what code or data points to and looks so.
    mutating func readValueWitnesses() {
        for region in data.regions where !region.isOffsetTable {
            var point = (region.start &+ 7) & ~7
            while point <= region.end &- 88 {
                defer { point &+= 8 }
                guard data.isMarked(point), let size = data.plain(at: point &+ 64),
                    let stride = data.plain(at: point &+ 72), let flags = data.plain(at: point &+ 80),
                    size < 1 << 40, stride > 0, stride < 1 << 40, stride >= size,
                    stride % ((flags & 0xff) &+ 1) == 0
                else { continue }
                var slots: [ClassTables.Slot] = []
                for number in 0..<8 {
                    guard let word = data.word(at: point &+ UInt64(number * 8)), let callee = callee(word) else {
                        break
                    }
                    slots.append(ClassTables.Slot(offset: Int32(number * 8), callee: callee))
                }
                guard slots.count == 8 else { continue }
                // Those of enumerations have three more functions.
                var end = point &+ 88
                for number in 11..<14 {
                    guard let word = data.word(at: point &+ UInt64(number * 8)), let callee = callee(word) else {
                        break
                    }
                    slots.append(ClassTables.Slot(offset: Int32(number * 8), callee: callee))
                    end = point &+ UInt64(number * 8 + 8)
                }
                found.append(
                    FoundTable(
                        start: point, end: end, address: point, kind: .swiftValueWitness,
                        symbol: symbols[point].map { data.intern($0.name) } ?? -1,
                        isExported: symbols[point]?.isDynamic ?? false, slots: slots))
            }
        }
    }
}
