/// Numbers of the DWARF 5 standard (section 7) and of its GNU extensions that are used here, by their names there
/// without the prefix.
package enum Tag {
    package static let classType: UInt16 = 0x02
    package static let formalParameter: UInt16 = 0x05
    package static let lexicalBlock: UInt16 = 0x0b
    package static let compileUnit: UInt16 = 0x11
    package static let typedef: UInt16 = 0x16
    package static let structureType: UInt16 = 0x13
    package static let unionType: UInt16 = 0x17
    package static let inlinedSubroutine: UInt16 = 0x1d
    package static let module: UInt16 = 0x1e
    package static let withStatement: UInt16 = 0x22
    package static let baseType: UInt16 = 0x24
    package static let catchBlock: UInt16 = 0x25
    package static let constType: UInt16 = 0x26
    package static let subprogram: UInt16 = 0x2e
    package static let tryBlock: UInt16 = 0x32
    package static let variable: UInt16 = 0x34
    package static let volatileType: UInt16 = 0x35
    package static let interfaceType: UInt16 = 0x38
    package static let namespace: UInt16 = 0x39
}

package enum At {
    package static let sibling: UInt16 = 0x01
    package static let location: UInt16 = 0x02
    package static let name: UInt16 = 0x03
    package static let byteSize: UInt16 = 0x0b
    package static let stmtList: UInt16 = 0x10
    package static let lowPC: UInt16 = 0x11
    package static let highPC: UInt16 = 0x12
    package static let language: UInt16 = 0x13
    package static let compDir: UInt16 = 0x1b
    package static let constValue: UInt16 = 0x1c
    package static let abstractOrigin: UInt16 = 0x31
    package static let encoding: UInt16 = 0x3e
    package static let frameBase: UInt16 = 0x40
    package static let specification: UInt16 = 0x47
    package static let type: UInt16 = 0x49
    package static let ranges: UInt16 = 0x55
    package static let callColumn: UInt16 = 0x57
    package static let callFile: UInt16 = 0x58
    package static let callLine: UInt16 = 0x59
    package static let linkageName: UInt16 = 0x6e
    package static let strOffsetsBase: UInt16 = 0x72
    package static let addrBase: UInt16 = 0x73
    package static let rnglistsBase: UInt16 = 0x74
    package static let dwoName: UInt16 = 0x76
    package static let loclistsBase: UInt16 = 0x8c
    package static let mipsLinkageName: UInt16 = 0x2007
    package static let gnuDwoName: UInt16 = 0x2130
    package static let gnuDwoID: UInt16 = 0x2131
    package static let gnuRangesBase: UInt16 = 0x2132
    package static let gnuAddrBase: UInt16 = 0x2133
}

package enum Form {
    package static let addr: UInt16 = 0x01
    package static let block2: UInt16 = 0x03
    package static let block4: UInt16 = 0x04
    package static let data2: UInt16 = 0x05
    package static let data4: UInt16 = 0x06
    package static let data8: UInt16 = 0x07
    package static let string: UInt16 = 0x08
    package static let block: UInt16 = 0x09
    package static let block1: UInt16 = 0x0a
    package static let data1: UInt16 = 0x0b
    package static let flag: UInt16 = 0x0c
    package static let sdata: UInt16 = 0x0d
    package static let strp: UInt16 = 0x0e
    package static let udata: UInt16 = 0x0f
    package static let refAddr: UInt16 = 0x10
    package static let ref1: UInt16 = 0x11
    package static let ref2: UInt16 = 0x12
    package static let ref4: UInt16 = 0x13
    package static let ref8: UInt16 = 0x14
    package static let refUdata: UInt16 = 0x15
    package static let indirect: UInt16 = 0x16
    package static let secOffset: UInt16 = 0x17
    package static let exprloc: UInt16 = 0x18
    package static let flagPresent: UInt16 = 0x19
    package static let strx: UInt16 = 0x1a
    package static let addrx: UInt16 = 0x1b
    package static let refSup4: UInt16 = 0x1c
    package static let strpSup: UInt16 = 0x1d
    package static let data16: UInt16 = 0x1e
    package static let lineStrp: UInt16 = 0x1f
    package static let refSig8: UInt16 = 0x20
    package static let implicitConst: UInt16 = 0x21
    package static let loclistx: UInt16 = 0x22
    package static let rnglistx: UInt16 = 0x23
    package static let refSup8: UInt16 = 0x24
    package static let strx1: UInt16 = 0x25
    package static let strx2: UInt16 = 0x26
    package static let strx3: UInt16 = 0x27
    package static let strx4: UInt16 = 0x28
    package static let addrx1: UInt16 = 0x29
    package static let addrx2: UInt16 = 0x2a
    package static let addrx3: UInt16 = 0x2b
    package static let addrx4: UInt16 = 0x2c
    package static let gnuAddrIndex: UInt16 = 0x1f01
    package static let gnuStrIndex: UInt16 = 0x1f02
    package static let gnuRefAlt: UInt16 = 0x1f20
    package static let gnuStrpAlt: UInt16 = 0x1f21
}

/// The sizes that a unit's header fixes.
package struct Encoding: Hashable {
    package var version: UInt16
    /// 8 on the machines we know; 4 is read, too.
    package var addressSize: UInt8
    /// The 64-bit DWARF format: offsets of 8 bytes.
    package var is64: Bool

    package var offsetSize: Int { is64 ? 8 : 4 }
    /// DW_FORM_ref_addr had the size of an address in DWARF 2.
    package var refAddrSize: Int { version <= 2 ? Int(addressSize) : offsetSize }
}

/// One attribute as it stands in .debug_info, not yet interpreted.
package struct AttributeValue {
    package var form: UInt16 = 0
    /// A constant, an offset, an index or an address, as the form says.
    package var value: UInt64 = 0
    /// The bytes of a block, an expression or an inline string.
    package var block: UnsafeRawBufferPointer = .none

    package init() {}

    init(form: UInt16) { self.form = form }

    package var isPresent: Bool { form != 0 }

    /// Reads one value. An unknown form fails the reader: what follows it cannot be found.
    @inline(__always)
    package static func read(
        _ form: UInt16, constant: Int64, from reader: inout ByteReader, _ encoding: Encoding
    ) -> AttributeValue {
        var result = AttributeValue(form: form)
        switch form {
        case Form.data1, Form.flag, Form.ref1, Form.strx1, Form.addrx1: result.value = UInt64(reader.u8())
        case Form.data2, Form.ref2, Form.strx2, Form.addrx2: result.value = UInt64(reader.u16())
        case Form.strx3, Form.addrx3: result.value = UInt64(reader.u24())
        case Form.data4, Form.ref4, Form.strx4, Form.addrx4, Form.refSup4: result.value = UInt64(reader.u32())
        case Form.data8, Form.ref8, Form.refSig8, Form.refSup8: result.value = reader.u64()
        case Form.addr: result.value = reader.address(size: Int(encoding.addressSize))
        case Form.strp, Form.lineStrp, Form.strpSup, Form.secOffset, Form.gnuRefAlt, Form.gnuStrpAlt:
            result.value = reader.offset(is64: encoding.is64)
        case Form.refAddr: result.value = reader.address(size: encoding.refAddrSize)
        case Form.udata, Form.refUdata, Form.strx, Form.addrx, Form.loclistx, Form.rnglistx, Form.gnuAddrIndex,
            Form.gnuStrIndex:
            result.value = reader.uleb()
        case Form.sdata: result.value = UInt64(bitPattern: reader.sleb())
        case Form.flagPresent: result.value = 1
        case Form.implicitConst: result.value = UInt64(bitPattern: constant)
        case Form.string: result.block = reader.string()
        case Form.block1: result.block = reader.bytes(UInt64(reader.u8()))
        case Form.block2: result.block = reader.bytes(UInt64(reader.u16()))
        case Form.block4: result.block = reader.bytes(UInt64(reader.u32()))
        case Form.block, Form.exprloc: result.block = reader.bytes(reader.uleb())
        case Form.data16: result.block = reader.bytes(16)
        case Form.indirect:
            let inner = reader.uleb()
            // An indirect form may not name itself (DWARF 5, section 7.5.3), nor a constant in the abbreviation.
            guard inner <= 0xffff, inner != UInt64(Form.indirect), inner != UInt64(Form.implicitConst) else {
                reader.fail()
                return AttributeValue()
            }
            return readInner(UInt16(inner), from: &reader, encoding)
        default: reader.fail()
        }
        return result
    }

    @inline(never)
    private static func readInner(
        _ form: UInt16, from reader: inout ByteReader, _ encoding: Encoding
    ) -> AttributeValue {
        read(form, constant: 0, from: &reader, encoding)
    }
}
