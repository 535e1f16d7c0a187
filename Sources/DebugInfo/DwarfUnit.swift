/// One unit of .debug_info with the attributes of its root entry that its other entries depend on.
package final class DwarfUnit {
    /// The unit header (DWARF 5, section 7.5.1).
    package struct Header {
        /// Of the unit, and one past its last byte, into .debug_info.
        package var offset: Int
        package var end: Int
        /// Of the root entry.
        package var firstEntry: Int
        package var encoding: Encoding
        /// DW_UT_…; 1 (compile) before DWARF 5.
        package var type: UInt8
        package var abbreviationOffset: UInt64
        /// Of skeleton and split units in DWARF 5.
        package var dwoID: UInt64?
    }

    package unowned let file: DwarfFile
    package let header: Header
    private(set) lazy var abbreviations = file.abbreviations(at: header.abbreviationOffset, header.encoding)
    /// Of a split unit: the unit in the main file that refers to it, which owns addresses and lines.
    package let skeleton: DwarfUnit?

    package private(set) var tag: UInt16 = 0
    package private(set) var language: UInt64 = 0
    package private(set) var lowPC: UInt64?
    private(set) var highPC = AttributeValue()
    private(set) var rangeList = AttributeValue()
    private(set) var lineOffset: UInt64?
    package private(set) var dwoID: UInt64?
    private var directoryValue = AttributeValue()
    private var dwoNameValue = AttributeValue()
    package private(set) var strOffsetsBase: UInt64?
    private(set) var addrBase: UInt64?
    private(set) var rnglistsBase: UInt64?
    package private(set) var loclistsBase: UInt64?
    /// GNU split DWARF 4: what is added to offsets into .debug_ranges.
    private(set) var gnuRangesBase: UInt64 = 0

    package var sections: DwarfSections { file.sections }
    package var encoding: Encoding { header.encoding }
    package var isSplit: Bool { skeleton != nil }

    /// Nil when the root entry cannot be read.
    init?(_ header: Header, of file: DwarfFile, skeleton: DwarfUnit? = nil) {
        self.header = header
        self.file = file
        self.skeleton = skeleton
        dwoID = header.dwoID
        guard readRoot() else { return nil }
    }

    private func readRoot() -> Bool {
        var reader = ByteReader(sections.info, at: header.firstEntry, end: header.end)
        guard
            let found = AbbreviationTable.find(
                reader.uleb(), in: sections.abbrev, at: header.abbreviationOffset)
        else { return false }
        tag = found.tag
        var low = AttributeValue()
        var shape = ByteReader(sections.abbrev, at: found.attributes)
        while true {
            let name = UInt16(truncatingIfNeeded: min(shape.uleb(), 0xffff))
            let form = UInt16(truncatingIfNeeded: min(shape.uleb(), 0xffff))
            if shape.failed { return false }
            if name == 0, form == 0 { break }
            let constant = form == Form.implicitConst ? shape.sleb() : 0
            let value = AttributeValue.read(form, constant: constant, from: &reader, encoding)
            if reader.failed { return false }
            switch name {
            case At.language: language = value.value
            case At.lowPC: low = value
            case At.highPC: highPC = value
            case At.ranges: rangeList = value
            case At.stmtList: lineOffset = value.value
            case At.compDir: directoryValue = value
            case At.dwoName, At.gnuDwoName: dwoNameValue = value
            case At.gnuDwoID: dwoID = value.value
            case At.strOffsetsBase: strOffsetsBase = value.value
            case At.addrBase, At.gnuAddrBase: addrBase = value.value
            case At.rnglistsBase: rnglistsBase = value.value
            case At.loclistsBase: loclistsBase = value.value
            case At.gnuRangesBase: gnuRangesBase = value.value
            default: break
            }
        }
        // Addresses by index need the base, which may stand behind them.
        lowPC = low.isPresent ? address(low) : nil
        return true
    }

    /// What offsets in range and location lists count from: DW_AT_low_pc of the compilation unit.
    package var baseAddress: UInt64 { lowPC ?? skeleton?.lowPC ?? 0 }
    var compilationDirectory: String? {
        string(directoryValue).map { String($0) } ?? skeleton?.compilationDirectory
    }
    package var dwoName: String? { string(dwoNameValue).map { String($0) } }

    // MARK: Values

    /// An address, direct or by index into .debug_addr; nil when it is neither or lies outside.
    package func address(_ value: AttributeValue) -> UInt64? {
        switch value.form {
        case Form.addr: return value.value
        case Form.addrx, Form.addrx1, Form.addrx2, Form.addrx3, Form.addrx4, Form.gnuAddrIndex:
            return address(index: value.value)
        default: return nil
        }
    }

    package func address(index: UInt64) -> UInt64? {
        let owner = skeleton ?? self
        // Without a base: behind the header of the first contribution (DWARF 5, section 7.27), or GNU's plain array.
        let base = owner.addrBase ?? (encoding.version >= 5 ? 8 : 0)
        let (offset, overflow) = index.multipliedReportingOverflow(by: UInt64(encoding.addressSize))
        guard !overflow, let part = owner.sections.addr.part(at: base &+ offset, count: UInt64(encoding.addressSize))
        else { return nil }
        var reader = ByteReader(part)
        return reader.address(size: Int(encoding.addressSize))
    }

    /// A string's bytes, nil when the value is no string or lies outside its section.
    package func string(_ value: AttributeValue) -> UnsafeRawBufferPointer? {
        switch value.form {
        case Form.string: return value.block
        case Form.strp: return sections.str.cString(at: value.value)
        case Form.lineStrp: return sections.lineStr.cString(at: value.value)
        case Form.strx, Form.strx1, Form.strx2, Form.strx3, Form.strx4, Form.gnuStrIndex:
            let headerSize: UInt64 = encoding.is64 ? 16 : 8
            let base = strOffsetsBase ?? (encoding.version >= 5 ? headerSize : 0)
            let (offset, overflow) = value.value.multipliedReportingOverflow(by: UInt64(encoding.offsetSize))
            guard !overflow,
                let part = sections.strOffsets.part(at: base &+ offset, count: UInt64(encoding.offsetSize))
            else { return nil }
            var reader = ByteReader(part)
            return sections.str.cString(at: reader.offset(is64: encoding.is64))
        case Form.gnuStrpAlt, Form.strpSup: return file.alternate?.sections.str.cString(at: value.value)
        default: return nil
        }
    }

    /// The entry that a reference names, with its unit; nil when it names none.
    func reference(_ value: AttributeValue) -> (unit: DwarfUnit, offset: Int)? {
        switch value.form {
        case Form.ref1, Form.ref2, Form.ref4, Form.ref8, Form.refUdata:
            let (offset, overflow) = value.value.addingReportingOverflow(UInt64(header.offset))
            guard !overflow, offset < UInt64(header.end), offset >= UInt64(header.firstEntry) else { return nil }
            return (self, Int(offset))
        case Form.refAddr: return file.entry(at: value.value)
        case Form.gnuRefAlt, Form.refSup4, Form.refSup8: return file.alternate?.entry(at: value.value)
        default: return nil
        }
    }
}
