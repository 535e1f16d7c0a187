/// The shapes of debugging information entries: one table of .debug_abbrev (DWARF 5, section 7.5.3).
package struct AbbreviationTable {
    package struct Attribute {
        package var name: UInt16
        package var form: UInt16
        /// The value of DW_FORM_implicit_const.
        package var constant: Int64
    }

    package struct Abbreviation {
        package var code: UInt64
        package var tag: UInt16
        package var hasChildren: Bool
        var hasSibling: Bool
        /// Into `attributes`.
        package var attributes: Range<Int>
        /// Into `steps`: how to move past the attributes.
        var steps: Range<Int>
    }

    /// A part of moving past an entry's attributes: runs of forms of known size are one step.
    struct Step {
        enum Kind: UInt8 {
            case bytes
            case leb
            case string
            case block
            case block1
            case block2
            case block4
            case indirect
        }
        var kind: Kind
        /// For `.bytes`.
        var count: Int
    }

    package private(set) var abbreviations: [Abbreviation] = []
    package private(set) var attributes: [Attribute] = []
    private(set) var steps: [Step] = []
    /// For tables whose codes are not 1, 2, 3 and so on.
    private var sparse: [UInt64: Int] = [:]
    private var isDense = true

    /// Reads the table at `offset`. What is damaged ends the table: entries with a missing code are refused later.
    package init(_ section: UnsafeRawBufferPointer, at offset: UInt64, encoding: Encoding) {
        guard offset < UInt64(section.count) else { return }
        var reader = ByteReader(section, at: Int(offset))
        while true {
            let code = reader.uleb()
            if code == 0 || reader.failed { return }
            let tag = reader.uleb()
            let hasChildren = reader.u8() != 0
            let firstAttribute = attributes.count
            let firstStep = steps.count
            var hasSibling = false
            while true {
                let name = reader.uleb()
                let form = reader.uleb()
                if reader.failed { return }
                if name == 0, form == 0 { break }
                let constant = form == UInt64(Form.implicitConst) ? reader.sleb() : 0
                let attribute = Attribute(
                    name: UInt16(truncatingIfNeeded: min(name, 0xffff)),
                    form: UInt16(truncatingIfNeeded: min(form, 0xffff)), constant: constant)
                attributes.append(attribute)
                if attribute.name == At.sibling { hasSibling = true }
                appendStep(attribute.form, first: firstStep, encoding)
            }
            if code != UInt64(abbreviations.count) + 1 { isDense = false }
            if sparse[code] == nil, !isDense { sparse[code] = abbreviations.count }
            abbreviations.append(
                Abbreviation(
                    code: code, tag: UInt16(truncatingIfNeeded: min(tag, 0xffff)), hasChildren: hasChildren,
                    hasSibling: hasSibling, attributes: firstAttribute..<attributes.count,
                    steps: firstStep..<steps.count))
        }
    }

    /// The abbreviation with that code, nil when the table has none.
    @inline(__always)
    package func index(of code: UInt64) -> Int? {
        let position = Int(truncatingIfNeeded: code &- 1)
        if abbreviations.indices.contains(position), abbreviations[position].code == code { return position }
        return isDense ? nil : sparse[code]
    }

    private mutating func appendStep(_ form: UInt16, first: Int, _ encoding: Encoding) {
        func fixed(_ count: Int) {
            if count == 0 { return }
            if steps.count > first, steps[steps.count - 1].kind == .bytes {
                steps[steps.count - 1].count += count
            } else {
                steps.append(Step(kind: .bytes, count: count))
            }
        }
        switch form {
        case Form.data1, Form.flag, Form.ref1, Form.strx1, Form.addrx1: fixed(1)
        case Form.data2, Form.ref2, Form.strx2, Form.addrx2: fixed(2)
        case Form.strx3, Form.addrx3: fixed(3)
        case Form.data4, Form.ref4, Form.strx4, Form.addrx4, Form.refSup4: fixed(4)
        case Form.data8, Form.ref8, Form.refSig8, Form.refSup8: fixed(8)
        case Form.data16: fixed(16)
        case Form.addr: fixed(Int(encoding.addressSize))
        case Form.strp, Form.lineStrp, Form.strpSup, Form.secOffset, Form.gnuRefAlt, Form.gnuStrpAlt:
            fixed(encoding.offsetSize)
        case Form.refAddr: fixed(encoding.refAddrSize)
        case Form.flagPresent, Form.implicitConst: break
        case Form.string: steps.append(Step(kind: .string, count: 0))
        case Form.block, Form.exprloc: steps.append(Step(kind: .block, count: 0))
        case Form.block1: steps.append(Step(kind: .block1, count: 0))
        case Form.block2: steps.append(Step(kind: .block2, count: 0))
        case Form.block4: steps.append(Step(kind: .block4, count: 0))
        case Form.udata, Form.sdata, Form.refUdata, Form.strx, Form.addrx, Form.loclistx, Form.rnglistx,
            Form.gnuAddrIndex, Form.gnuStrIndex:
            steps.append(Step(kind: .leb, count: 0))
        // An unknown form takes the same way: its value fails the reader.
        default: steps.append(Step(kind: .indirect, count: Int(form)))
        }
    }

    /// Moves past all attributes of an entry.
    @inline(__always)
    func skip(_ abbreviation: borrowing Abbreviation, _ reader: inout ByteReader, _ encoding: Encoding) {
        for index in abbreviation.steps {
            let step = steps[index]
            switch step.kind {
            case .bytes: reader.skip(step.count)
            case .leb: _ = reader.uleb()
            case .string: _ = reader.string()
            case .block: reader.skip(reader.uleb())
            case .block1: reader.skip(Int(reader.u8()))
            case .block2: reader.skip(Int(reader.u16()))
            case .block4: reader.skip(UInt64(reader.u32()))
            case .indirect:
                _ = AttributeValue.read(UInt16(step.count), constant: 0, from: &reader, encoding)
            }
        }
    }

    /// Reads the values of an entry's attributes that `visit` gets, in the order of the entry.
    @inline(__always)
    func read(
        _ abbreviation: borrowing Abbreviation, _ reader: inout ByteReader, _ encoding: Encoding,
        _ visit: (UInt16, AttributeValue) -> Void
    ) {
        for index in abbreviation.attributes {
            let attribute = attributes[index]
            let value = AttributeValue.read(
                attribute.form, constant: attribute.constant, from: &reader, encoding)
            if reader.failed { return }
            visit(attribute.name, value)
        }
    }

    /// Where in `section` the attributes of one code stand, without reading the rest of the table: for root entries,
    /// which are read of far more units than others. Also the entry's tag.
    static func find(
        _ code: UInt64, in section: UnsafeRawBufferPointer, at offset: UInt64
    ) -> (attributes: Int, tag: UInt16)? {
        guard offset < UInt64(section.count) else { return nil }
        var reader = ByteReader(section, at: Int(offset))
        while true {
            let found = reader.uleb()
            if found == 0 || reader.failed { return nil }
            let tag = reader.uleb()
            _ = reader.u8()
            if found == code { return (reader.position, UInt16(truncatingIfNeeded: min(tag, 0xffff))) }
            while true {
                let name = reader.uleb()
                let form = reader.uleb()
                if form == UInt64(Form.implicitConst) { _ = reader.sleb() }
                if reader.failed { return nil }
                if name == 0, form == 0 { break }
            }
        }
    }
}
