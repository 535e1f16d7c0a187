import DebugInfo

/// The code ranges of .eh_frame: one a function, or one a part of it, also in stripped files (Linux Standard Base 5,
/// Core, section 10.6.1).
struct UnwindRanges {
    struct Range: Equatable {
        var start: UInt64
        var end: UInt64
        /// Of the table of landing pads, by the file's own addresses; nil without one.
        var landingPads: UInt64?
    }

    /// By start; of equal starts the first.
    private(set) var ranges: [Range] = []
    /// Entries that could not be read.
    private(set) var damaged = 0

    /// What of a CIE its FDEs are read with.
    private struct Common {
        var pointerEncoding: UInt8 = 0
        var dataEncoding: UInt8?
        var hasAugmentationSize = false
    }

    /// `address` is that of the section's first byte in memory. `isBounded`: the section ends where `section` does, not
    /// at the first length of 0.
    init(_ section: UnsafeRawBufferPointer, address: UInt64, isBounded: Bool = true) {
        var commons: [Int: Common?] = [:]
        var reader = ByteReader(section)
        while reader.remaining >= 4 {
            var length = UInt64(reader.u32())
            // A length of 0 ends the section; linkers leave such ends in the middle, too.
            if length == 0 {
                if isBounded { continue }
                break
            }
            if length == 0xffff_ffff { length = reader.u64() }
            let body = reader.position
            guard !reader.failed, length <= UInt64(reader.remaining) else {
                damaged += 1
                break
            }
            let end = body + Int(length)
            let identifier = reader.u32()
            if identifier != 0, length >= 4 {
                // The distance back to the CIE, from the field itself.
                let place = body - Int(identifier)
                if commons[place] == nil { commons[place] = Self.common(section, at: place) }
                if let common = commons[place] ?? nil,
                    let range = Self.range(section, body + 4, end, common, base: address)
                {
                    if range.end > range.start { ranges.append(range) }
                } else {
                    damaged += 1
                }
            }
            reader.seek(to: end)
        }
        ranges.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        var unique: [Range] = []
        for range in ranges where unique.last?.start != range.start { unique.append(range) }
        ranges = unique
    }

    private static func common(_ section: UnsafeRawBufferPointer, at offset: Int) -> Common? {
        guard offset >= 0, offset < section.count else { return nil }
        var reader = ByteReader(section, at: offset)
        var length = UInt64(reader.u32())
        if length == 0xffff_ffff { length = reader.u64() }
        guard reader.u32() == 0 else { return nil }
        let version = reader.u8()
        guard version == 1 || version == 3 else { return nil }
        let augmentation = [UInt8](reader.string())
        _ = reader.uleb()
        _ = reader.sleb()
        if version == 1 { _ = reader.u8() } else { _ = reader.uleb() }
        var common = Common()
        guard augmentation.first == UInt8(ascii: "z") else {
            return augmentation.isEmpty && !reader.failed ? common : nil
        }
        common.hasAugmentationSize = true
        _ = reader.uleb()
        for letter in augmentation.dropFirst() {
            switch letter {
            case UInt8(ascii: "R"): common.pointerEncoding = reader.u8()
            case UInt8(ascii: "L"): common.dataEncoding = reader.u8()
            case UInt8(ascii: "P"):
                let encoding = reader.u8()
                guard skip(encoding, &reader) else { return nil }
            case UInt8(ascii: "S"), UInt8(ascii: "B"): break
            default: return reader.failed ? nil : common
            }
        }
        return reader.failed ? nil : common
    }

    private static func range(
        _ section: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ common: Common, base: UInt64
    ) -> Range? {
        var reader = ByteReader(section, at: start, end: end)
        guard let first = pointer(common.pointerEncoding, &reader, base: base) else { return nil }
        // The size has the same format and stands for itself.
        guard let size = pointer(common.pointerEncoding & 0x0f, &reader, base: 0) else { return nil }
        let (last, overflow) = first.addingReportingOverflow(size)
        guard !overflow else { return nil }
        var result = Range(start: first, end: last)
        if common.hasAugmentationSize {
            let length = reader.uleb()
            if length > 0, let encoding = common.dataEncoding {
                let place = reader.position
                var probe = ByteReader(section, at: place, end: end)
                // A pointer of 0, before the base is added, is none.
                if let raw = pointer(encoding & 0x0f, &probe, base: 0), raw != 0 {
                    result.landingPads = pointer(encoding, &reader, base: base)
                }
            }
        }
        return reader.failed ? nil : result
    }

    /// DW_EH_PE_absptr, udata2, udata4, udata8, sdata2, sdata4, sdata8, absolute or relative to the pointer itself.
    static func pointer(_ encoding: UInt8, _ reader: inout ByteReader, base: UInt64) -> UInt64? {
        let place = base &+ UInt64(reader.position)
        let value: UInt64
        switch encoding & 0x0f {
        case 0x00, 0x04, 0x0c: value = reader.u64()
        case 0x02: value = UInt64(reader.u16())
        case 0x03: value = UInt64(reader.u32())
        case 0x0a: value = UInt64(bitPattern: Int64(Int16(bitPattern: reader.u16())))
        case 0x0b: value = UInt64(bitPattern: Int64(Int32(bitPattern: reader.u32())))
        default: return nil
        }
        if reader.failed { return nil }
        switch encoding & 0x70 {
        case 0x00: return value
        case 0x10: return place &+ value
        default: return nil
        }
    }

    private static func skip(_ encoding: UInt8, _ reader: inout ByteReader) -> Bool {
        pointer(encoding & 0x0f, &reader, base: 0) != nil
    }
}
