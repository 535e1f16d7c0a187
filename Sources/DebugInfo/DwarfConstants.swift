/// Numbers of the DWARF 5 standard (section 7) and of its GNU extensions that are used here, by their names there
/// without the prefix.
enum Tag {
    static let classType: UInt16 = 0x02
    static let formalParameter: UInt16 = 0x05
    static let lexicalBlock: UInt16 = 0x0b
    static let compileUnit: UInt16 = 0x11
    static let structureType: UInt16 = 0x13
    static let unionType: UInt16 = 0x17
    static let inlinedSubroutine: UInt16 = 0x1d
    static let module: UInt16 = 0x1e
    static let withStatement: UInt16 = 0x22
    static let catchBlock: UInt16 = 0x25
    static let subprogram: UInt16 = 0x2e
    static let tryBlock: UInt16 = 0x32
    static let interfaceType: UInt16 = 0x38
    static let namespace: UInt16 = 0x39
}

enum At {
    static let sibling: UInt16 = 0x01
    static let location: UInt16 = 0x02
    static let name: UInt16 = 0x03
    static let stmtList: UInt16 = 0x10
    static let lowPC: UInt16 = 0x11
    static let highPC: UInt16 = 0x12
    static let language: UInt16 = 0x13
    static let compDir: UInt16 = 0x1b
    static let constValue: UInt16 = 0x1c
    static let abstractOrigin: UInt16 = 0x31
    static let frameBase: UInt16 = 0x40
    static let specification: UInt16 = 0x47
    static let ranges: UInt16 = 0x55
    static let callColumn: UInt16 = 0x57
    static let callFile: UInt16 = 0x58
    static let callLine: UInt16 = 0x59
    static let linkageName: UInt16 = 0x6e
    static let strOffsetsBase: UInt16 = 0x72
    static let addrBase: UInt16 = 0x73
    static let rnglistsBase: UInt16 = 0x74
    static let dwoName: UInt16 = 0x76
    static let loclistsBase: UInt16 = 0x8c
    static let mipsLinkageName: UInt16 = 0x2007
    static let gnuDwoName: UInt16 = 0x2130
    static let gnuDwoID: UInt16 = 0x2131
    static let gnuRangesBase: UInt16 = 0x2132
    static let gnuAddrBase: UInt16 = 0x2133
}

enum Form {
    static let addr: UInt16 = 0x01
    static let block2: UInt16 = 0x03
    static let block4: UInt16 = 0x04
    static let data2: UInt16 = 0x05
    static let data4: UInt16 = 0x06
    static let data8: UInt16 = 0x07
    static let string: UInt16 = 0x08
    static let block: UInt16 = 0x09
    static let block1: UInt16 = 0x0a
    static let data1: UInt16 = 0x0b
    static let flag: UInt16 = 0x0c
    static let sdata: UInt16 = 0x0d
    static let strp: UInt16 = 0x0e
    static let udata: UInt16 = 0x0f
    static let refAddr: UInt16 = 0x10
    static let ref1: UInt16 = 0x11
    static let ref2: UInt16 = 0x12
    static let ref4: UInt16 = 0x13
    static let ref8: UInt16 = 0x14
    static let refUdata: UInt16 = 0x15
    static let indirect: UInt16 = 0x16
    static let secOffset: UInt16 = 0x17
    static let exprloc: UInt16 = 0x18
    static let flagPresent: UInt16 = 0x19
    static let strx: UInt16 = 0x1a
    static let addrx: UInt16 = 0x1b
    static let refSup4: UInt16 = 0x1c
    static let strpSup: UInt16 = 0x1d
    static let data16: UInt16 = 0x1e
    static let lineStrp: UInt16 = 0x1f
    static let refSig8: UInt16 = 0x20
    static let implicitConst: UInt16 = 0x21
    static let loclistx: UInt16 = 0x22
    static let rnglistx: UInt16 = 0x23
    static let refSup8: UInt16 = 0x24
    static let strx1: UInt16 = 0x25
    static let strx2: UInt16 = 0x26
    static let strx3: UInt16 = 0x27
    static let strx4: UInt16 = 0x28
    static let addrx1: UInt16 = 0x29
    static let addrx2: UInt16 = 0x2a
    static let addrx3: UInt16 = 0x2b
    static let addrx4: UInt16 = 0x2c
    static let gnuAddrIndex: UInt16 = 0x1f01
    static let gnuStrIndex: UInt16 = 0x1f02
    static let gnuRefAlt: UInt16 = 0x1f20
    static let gnuStrpAlt: UInt16 = 0x1f21
}

/// The sizes that a unit's header fixes.
struct Encoding: Hashable {
    var version: UInt16
    /// 8 on the machines we know; 4 is read, too.
    var addressSize: UInt8
    /// The 64-bit DWARF format: offsets of 8 bytes.
    var is64: Bool

    var offsetSize: Int { is64 ? 8 : 4 }
    /// DW_FORM_ref_addr had the size of an address in DWARF 2.
    var refAddrSize: Int { version <= 2 ? Int(addressSize) : offsetSize }
}

/// One attribute as it stands in .debug_info, not yet interpreted.
struct AttributeValue {
    var form: UInt16 = 0
    /// A constant, an offset, an index or an address, as the form says.
    var value: UInt64 = 0
    /// The bytes of a block, an expression or an inline string.
    var block: UnsafeRawBufferPointer = .none

    var isPresent: Bool { form != 0 }

    /// Reads one value. An unknown form fails the reader: what follows it cannot be found.
    @inline(__always)
    static func read(
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
