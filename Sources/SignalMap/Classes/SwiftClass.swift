/// The descriptor of a Swift class: its own methods, those it overrides, and where they stand in its metadata.
struct SwiftClass {
    struct Method {
        /// From the metadata's address point, in bytes; nil where only the running process knows.
        var offset: Int32?
        var implementation: UInt64
    }

    /// Classes have fewer methods.
    private static let methodLimit: UInt32 = 1 << 14

    let descriptor: UInt64
    private(set) var methods: [Method] = []
    /// Where its own method records begin, how many there are, and the first one's place in the metadata in words.
    private(set) var table: (start: UInt64, count: UInt32, offset: UInt32)?
    private(set) var overrides: (start: UInt64, count: UInt32)?
    /// Its metadata is made in the running process, from the superclass's.
    let hasUnknownStart: Bool

    /// Nil for what is no class, or damaged.
    init?(_ descriptor: UInt64, _ records: SwiftRecords) {
        guard records.kind(descriptor) == .classContext, let word = records.u32(descriptor) else { return nil }
        self.descriptor = descriptor
        let flags = word >> 16
        // Flags, parent, name, accessor, fields; superclass, bounds, sizes and counts.
        var place = descriptor &+ 44
        if word & 0x80 != 0 {
            // Generic: two references and the counts of parameters and requirements, then these.
            guard let counts = records.u32(place &+ 8), let more = records.u32(place &+ 12) else { return nil }
            let parameters = UInt64(counts & 0xffff)
            let requirements = UInt64(counts >> 16)
            place = (descriptor &+ 60) &+ ((parameters &+ 3) & ~3) &+ requirements &* 12
            // Parameter packs and value parameters have records of their own behind them.
            if more >> 16 & 1 != 0 {
                guard let packs = records.u32(place) else { return nil }
                place = place &+ 4 &+ UInt64(packs & 0xffff) &* 8
            }
            if more >> 17 & 1 != 0 { return nil }
        }
        hasUnknownStart = flags & 0x2000 != 0
        if hasUnknownStart { place &+= 4 }
        switch flags & 3 {
        case 1: place &+= 12
        case 2: place &+= 4
        default: break
        }
        if flags & 0x8000 != 0 {
            guard let offset = records.u32(place), let count = records.u32(place &+ 4), count <= Self.methodLimit else {
                return nil
            }
            table = (place &+ 8, count, offset)
            place = place &+ 8 &+ UInt64(count) &* 8
        }
        if flags & 0x4000 != 0 {
            guard let count = records.u32(place), count <= Self.methodLimit else { return nil }
            overrides = (place &+ 4, count)
        }
    }

    /// How many methods there are to read.
    var recordCount: Int { Int(table?.count ?? 0) + Int(overrides?.count ?? 0) }

    /// The place of a method record of this class in the metadata, in bytes; nil where it is none of its own or the
    /// place is not known.
    func offset(ofRecord record: UInt64) -> Int32? {
        guard !hasUnknownStart, let table, record >= table.start, (record - table.start) % 8 == 0,
            (record - table.start) / 8 < UInt64(table.count)
        else { return nil }
        let words = UInt64(table.offset) &+ (record - table.start) / 8
        return words < 1 << 20 ? Int32(words * 8) : nil
    }

    /// Reads the methods; `classes` are those of the binary by descriptor.
    mutating func readMethods(_ records: SwiftRecords, _ classes: [UInt64: SwiftClass]) {
        if let table {
            for number in 0..<UInt64(table.count) {
                let record = table.start &+ number &* 8
                guard let implementation = records.relative(record &+ 4) else { continue }
                methods.append(Method(offset: offset(ofRecord: record), implementation: implementation))
            }
        }
        if let overrides {
            for number in 0..<UInt64(overrides.count) {
                // The class and the method that it overrides, then the function.
                let record = overrides.start &+ number &* 12
                guard let implementation = records.relative(record &+ 8) else { continue }
                var offset: Int32?
                if case .here(let base) = records.relativeIndirectable(record),
                    case .here(let method) = records.relativeIndirectable(record &+ 4)
                {
                    offset = classes[base]?.offset(ofRecord: method)
                }
                methods.append(Method(offset: offset, implementation: implementation))
            }
        }
    }
}
