/// The index of the units in a package of split DWARF, .debug_cu_index of a .dwp file: which parts of its sections
/// belong to a unit (DWARF 5, section 7.3.5; version 2 is GNU's, for DWARF 4).
struct PackageIndex {
    /// Sections by the columns of the index. The numbers mean other sections in the two versions.
    enum Section: Hashable {
        case info
        case abbrev
        case line
        case loc
        case loclists
        case strOffsets
        case rnglists
    }

    struct Part: Hashable {
        var offset: UInt64
        var size: UInt64
    }

    let version: UInt32
    private let bytes: UnsafeRawBufferPointer
    private let columnCount: UInt64
    private let unitCount: UInt64
    private let slotCount: UInt64
    private let signatures: UInt64
    private let indexes: UInt64
    private let columns: UInt64

    /// Nil when the header is of an unknown version or the tables do not lie within the section.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        // Version 2 has 4 bytes, version 5 has 2 and 2 of padding: 0.
        version = reader.u32()
        columnCount = UInt64(reader.u32())
        unitCount = UInt64(reader.u32())
        slotCount = UInt64(reader.u32())
        // The slots are probed with a mask: their number is a power of two.
        guard !reader.failed, version == 2 || version == 5, columnCount <= 16,
            slotCount == 0 || slotCount & (slotCount - 1) == 0
        else { return nil }
        signatures = 16
        indexes = signatures + slotCount * 8
        columns = indexes + slotCount * 4
        // The products of 32-bit numbers fit: at most 2^32 * 12 + 2^5 * 2^33.
        let end = columns + columnCount * 4 + unitCount * columnCount * 8
        guard end <= UInt64(bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// The parts that belong to the unit with that id, nil when the package has none.
    func parts(of identifier: UInt64) -> [Section: Part]? {
        guard slotCount > 0 else { return nil }
        let mask = slotCount - 1
        var slot = identifier & mask
        // The step is odd, so that it meets every slot of a power of two once.
        let step = (identifier >> 32) & mask | 1
        for _ in 0..<slotCount {
            let row = UInt64(u32(at: indexes + slot * 4))
            if row == 0 { return nil }
            if u64(at: signatures + slot * 8) == identifier { return row <= unitCount ? parts(row: row - 1) : nil }
            slot = (slot + step) & mask
        }
        return nil
    }

    private func parts(row: UInt64) -> [Section: Part] {
        var parts: [Section: Part] = [:]
        let offsets = columns + columnCount * 4
        let sizes = offsets + unitCount * columnCount * 4
        for column in 0..<columnCount {
            guard let section = section(u32(at: columns + column * 4)) else { continue }
            let cell = (row * columnCount + column) * 4
            parts[section] = Part(offset: UInt64(u32(at: offsets + cell)), size: UInt64(u32(at: sizes + cell)))
        }
        return parts
    }

    /// DW_SECT_…
    private func section(_ number: UInt32) -> Section? {
        switch (number, version) {
        case (1, _): .info
        case (3, _): .abbrev
        case (4, _): .line
        case (5, 2): .loc
        case (5, _): .loclists
        case (6, _): .strOffsets
        case (8, 5): .rnglists
        default: nil
        }
    }

    private func u32(at offset: UInt64) -> UInt32 {
        guard let part = bytes.part(at: offset, count: 4) else { return 0 }
        return UInt32(littleEndian: part.loadUnaligned(as: UInt32.self))
    }

    private func u64(at offset: UInt64) -> UInt64 {
        guard let part = bytes.part(at: offset, count: 8) else { return 0 }
        return UInt64(littleEndian: part.loadUnaligned(as: UInt64.self))
    }
}
