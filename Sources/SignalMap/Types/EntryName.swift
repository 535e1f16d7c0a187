import DebugInfo
import Glibc

/// A name as the place where it stands: a section of `DebugUnits.texts` and the offset into it; 0 for none.
struct EntryName: Hashable {
    var bits: UInt64 = 0

    static let none = EntryName()

    init() {}

    init(section: Int, offset: UInt64) {
        if offset < 1 << 48 { bits = UInt64(section + 1) << 48 | offset }
    }

    var isPresent: Bool { bits != 0 }
}

extension DebugUnits {
    /// The name that an attribute holds; `.none` where it is no string.
    func name(_ value: EntryValues.Value?, in number: Int) -> EntryName {
        guard let value else { return .none }
        let file = files[units[number].file]
        switch value.form {
        // DW_FORM_strp, DW_FORM_line_strp, DW_FORM_string
        case 0x0e: return EntryName(section: file.texts, offset: value.value)
        case 0x1f: return EntryName(section: file.texts + 1, offset: value.value)
        case 0x08: return EntryName(section: file.texts + 2, offset: value.value)
        // DW_FORM_strp_sup, DW_FORM_GNU_strp_alt
        case 0x1d, 0x1f21:
            return file.alternate.map { EntryName(section: files[$0].texts, offset: value.value) } ?? .none
        // DW_FORM_strx, strx1 … strx4, GNU_str_index
        case 0x1a, 0x25, 0x26, 0x27, 0x28, 0x1f02:
            let unit = units[number]
            let headerSize: UInt64 = unit.encoding.is64 ? 16 : 8
            let base = unit.unit.strOffsetsBase ?? (unit.encoding.version >= 5 ? headerSize : 0)
            let (distance, overflow) = value.value.multipliedReportingOverflow(by: UInt64(unit.encoding.offsetSize))
            guard !overflow,
                let part = unit.unit.sections.strOffsets.part(
                    at: base &+ distance, count: UInt64(unit.encoding.offsetSize))
            else { return .none }
            var reader = ByteReader(part)
            return EntryName(section: file.texts, offset: reader.offset(is64: unit.encoding.is64))
        default: return .none
        }
    }

    /// The bytes of a name, without the NUL; empty where there is none.
    func bytes(_ name: EntryName) -> UnsafeRawBufferPointer {
        guard name.isPresent else { return .none }
        let section = Int(name.bits >> 48) - 1
        guard texts.indices.contains(section) else { return .none }
        let text = texts[section]
        let offset = Int(name.bits & ((1 << 48) - 1))
        guard offset < text.count, let start = text.baseAddress.map({ $0 + offset }),
            let end = memchr(start, 0, text.count - offset)
        else { return .none }
        return UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(end) - start)
    }

    func text(_ name: EntryName) -> String { String(bytes(name)) }
}
