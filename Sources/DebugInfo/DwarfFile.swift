/// The units of one set of sections, and what they share.
package final class DwarfFile {
    package let sections: DwarfSections
    /// The dwz file that it refers to, looked for when the first reference is met.
    package private(set) lazy var alternate: DwarfFile? = findAlternate()
    private let findAlternate: () -> DwarfFile?

    /// All unit headers, in the order of the section.
    package private(set) lazy var headers: [DwarfUnit.Header] = readHeaders()
    private var units: [Int: DwarfUnit?] = [:]
    private var tables: [TableKey: AbbreviationTable] = [:]
    /// Of a split unit's own file: the unit that refers to it.
    private let skeleton: DwarfUnit?

    private struct TableKey: Hashable {
        var offset: UInt64
        var encoding: Encoding
    }

    package init(_ sections: DwarfSections, skeleton: DwarfUnit? = nil, alternate: @escaping () -> DwarfFile? = { nil })
    {
        self.sections = sections
        self.skeleton = skeleton
        findAlternate = alternate
    }

    func abbreviations(at offset: UInt64, _ encoding: Encoding) -> AbbreviationTable {
        let key = TableKey(offset: offset, encoding: encoding)
        if let table = tables[key] { return table }
        let table = AbbreviationTable(sections.abbrev, at: offset, encoding: encoding)
        tables[key] = table
        return table
    }

    /// The unit of a header, made once; nil when its root entry cannot be read.
    package func unit(_ header: DwarfUnit.Header) -> DwarfUnit? {
        if let known = units[header.offset] { return known }
        let unit = DwarfUnit(header, of: self, skeleton: skeleton)
        units[header.offset] = .some(unit)
        return unit
    }

    /// The entry at an offset into .debug_info, with the unit that holds it.
    func entry(at offset: UInt64) -> (unit: DwarfUnit, offset: Int)? {
        guard let offset = Int(exactly: offset) else { return nil }
        var low = 0
        var high = headers.count
        while low < high {
            let middle = (low + high) / 2
            if headers[middle].end <= offset { low = middle + 1 } else { high = middle }
        }
        guard low < headers.count, offset >= headers[low].firstEntry, let unit = unit(headers[low]) else { return nil }
        return (unit, offset)
    }

    private func readHeaders() -> [DwarfUnit.Header] {
        let info = sections.info
        var headers: [DwarfUnit.Header] = []
        var reader = ByteReader(info)
        while reader.remaining > 4 {
            let offset = reader.position
            var length = UInt64(reader.u32())
            let is64 = length == 0xffff_ffff
            if is64 { length = reader.u64() }
            // 0xfffffff0 and above are reserved (DWARF 5, section 7.4).
            guard !reader.failed, is64 || length < 0xffff_fff0, length <= UInt64(reader.remaining) else { break }
            let end = reader.position + Int(length)
            var unit = ByteReader(info, at: reader.position, end: end)
            reader.seek(to: end)
            if let header = Self.header(&unit, offset: offset, end: end, is64: is64) { headers.append(header) }
        }
        return headers
    }

    private static func header(
        _ reader: inout ByteReader, offset: Int, end: Int, is64: Bool
    ) -> DwarfUnit.Header? {
        let version = reader.u16()
        guard (2...5).contains(version) else { return nil }
        var type: UInt8 = 1
        var dwoID: UInt64?
        let addressSize: UInt8
        let abbreviationOffset: UInt64
        if version >= 5 {
            type = reader.u8()
            addressSize = reader.u8()
            abbreviationOffset = reader.offset(is64: is64)
            switch type {
            // DW_UT_skeleton, DW_UT_split_compile
            case 4, 5: dwoID = reader.u64()
            // DW_UT_type, DW_UT_split_type: a signature and an offset
            case 2, 6:
                _ = reader.u64()
                _ = reader.offset(is64: is64)
            default: break
            }
        } else {
            abbreviationOffset = reader.offset(is64: is64)
            addressSize = reader.u8()
        }
        guard !reader.failed, addressSize == 8 || addressSize == 4 else { return nil }
        return DwarfUnit.Header(
            offset: offset, end: end, firstEntry: reader.position,
            encoding: Encoding(version: version, addressSize: addressSize, is64: is64), type: type,
            abbreviationOffset: abbreviationOffset, dwoID: dwoID)
    }
}
