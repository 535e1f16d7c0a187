import Testing

@testable import DebugInfo

/// Line number programs laid out by hand from the DWARF standard, and damaged ones.
@Suite struct MalformedDwarfTests {
    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// A DWARF 4 program: minimum instruction length, VLIW operations, line base -5, line range 14, opcode base 13.
    static func program(_ code: [UInt8], minimum: UInt8 = 1, operations: UInt8 = 1, range: UInt8 = 14) -> [UInt8] {
        let header: [UInt8] =
            [minimum, operations, 1, 0xfb, range, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1] + [0]
            + Array("a.c".utf8) + [0, 0, 0, 0, 0]
        let body = [4, 0] + little(UInt32(header.count)) + header + code
        return little(UInt32(body.count)) + body
    }

    static func set(_ address: UInt64) -> [UInt8] { [0, 9, 2] + little(address) }
    static let end: [UInt8] = [0, 1, 1]

    func lines(_ bytes: [UInt8], _ addresses: [UInt64]) -> [UInt64?]? {
        bytes.withUnsafeBytes { bytes in
            LineProgram(bytes, at: 0, addressSize: 8).map { $0.rows(at: addresses).map { $0?.line } }
        }
    }

    @Test func sequencesOutOfOrderAndDroppedOnes() {
        // Line 11 at 0x3000 up to 0x3010; line 21 at 0x1000 up to 0x1010; dropped ones at 0, -1 and -2.
        let sequence = { (address: UInt64, line: UInt8) in Self.set(address) + [3, line - 1, 1, 2, 16] + Self.end }
        let code =
            sequence(0x3000, 11) + sequence(0x1000, 21) + Self.set(0) + [3, 30, 1, 2, 0x80, 0x80, 1] + Self.end
            + sequence(.max, 41) + sequence(.max - 1, 42)
        #expect(
            lines(Self.program(code), [5, 0xfff, 0x1000, 0x100f, 0x1010, 0x3000, 0x300f, 0x3010])
                == [nil, nil, 21, 21, nil, 11, 11, nil])
    }

    @Test func theLastRowOfAnAddressCounts() {
        // Two rows at 0x1000, lines 2 and 3, then line 4 at 0x1004.
        let code = Self.set(0x1000) + [3, 1, 1, 3, 1, 1, 2, 4, 3, 1, 1, 2, 4] + Self.end
        #expect(lines(Self.program(code), [0x1000, 0x1003, 0x1004, 0x1007]) == [3, 3, 4, 4])
    }

    @Test func specialOpcodesScaleWithTheInstructionLength() {
        // Special opcode 13 + 14 * 2 + 6: 2 instructions on, line + 1; const_add_pc: (255 - 13) / 14 = 17 instructions.
        let code: [UInt8] = Self.set(0x1000) + [1, 47, 8, 1] + Self.end
        #expect(lines(Self.program(code, minimum: 4), [0x1000, 0x1007, 0x1008, 0x1008 + 17 * 4 - 1]) == [1, 1, 2, 2])
        // fixed_advance_pc is not scaled.
        let fixed: [UInt8] = Self.set(0x1000) + [1, 9, 5, 0, 3, 1, 1, 2, 1] + Self.end
        #expect(lines(Self.program(fixed, minimum: 4), [0x1004, 0x1005, 0x1008]) == [1, 2, 2])
    }

    @Test func operationsOfOneInstructionShareItsAddress() {
        // 4 operations an instruction of 16 bytes: 6 operations on is one instruction and 2 operations.
        let code: [UInt8] = Self.set(0x1000) + [1, 2, 6, 3, 1, 1, 2, 2, 3, 1, 1] + Self.end
        #expect(lines(Self.program(code, minimum: 16, operations: 4), [0x100f, 0x1010, 0x101f]) == [1, 2, 2])
    }

    @Test func unknownOpcodesAreSkippedByTheirOperandCounts() {
        // set_isa has one operand; an extended opcode of a vendor has a length.
        let code: [UInt8] = [12, 0x81, 1, 0, 4, 0x80, 7, 7, 7] + Self.set(0x1000) + [1, 2, 4] + Self.end
        #expect(lines(Self.program(code), [0x1003]) == [1])
    }

    @Test func aLineRangeOfZeroAndOtherNonsenseEnds() {
        let code: [UInt8] = Self.set(0x1000) + [0x80, 0xff, 1, 2, 4] + Self.end
        #expect(lines(Self.program(code, range: 0), [0x1001]) != nil)
        #expect(lines([], []) == nil)
        #expect(lines([0xff, 0xff, 0xff, 0xff], []) == nil)
        let whole = Self.program(code)
        // Cut anywhere: an answer or none, and no trap.
        for count in 0..<whole.count { _ = lines(Array(whole[..<count]), [0x1000, 0x1001]) }
        // Damaged anywhere.
        for position in whole.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var damaged = whole
                damaged[position] = value
                damaged.withUnsafeBytes { SymbolFuzzing.lineProgram($0) }
            }
        }
    }

    @Test func aTableOfFilesThatCostsNothingIsRefused() {
        // DWARF 5: a format without content and 2^63 entries of it.
        let header: [UInt8] =
            [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1] + [0]
            + [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
        let body = [5, 0, 8, 0] + Self.little(UInt32(header.count)) + header
        (Self.little(UInt32(body.count)) + body).withUnsafeBytes { SymbolFuzzing.lineProgram($0) }
    }

    @Test func abbreviationsThatContradictEachOtherEnd() {
        let encoding = Encoding(version: 5, addressSize: 8, is64: false)
        let cases: [[UInt8]] = [
            [1], [1, 0x11], [1, 0x11, 1], [1, 0x11, 1, 3], [1, 0x11, 1, 3, 8, 0], [1, 0x11, 1, 0x21, 0x21, 0x80],
            [5, 0x11, 0, 0, 0, 5, 0x2e, 0, 0, 0, 0], [UInt8](repeating: 0x80, count: 100),
        ]
        for bytes in cases {
            bytes.withUnsafeBytes { bytes in
                _ = AbbreviationTable(bytes, at: 0, encoding: encoding)
                _ = AbbreviationTable.find(1, in: bytes, at: 0)
            }
        }
        // Of two entries with one code the first counts; codes need not be in order.
        let table: [UInt8] = [5, 0x11, 0, 0, 0, 5, 0x2e, 0, 0, 0, 2, 0x39, 1, 0, 0, 0]
        table.withUnsafeBytes { bytes in
            let table = AbbreviationTable(bytes, at: 0, encoding: encoding)
            #expect(table.index(of: 5).map { table.abbreviations[$0].tag } == Tag.compileUnit)
            #expect(table.index(of: 2).map { table.abbreviations[$0].tag } == Tag.namespace)
            #expect(table.index(of: 1) == nil)
        }
    }

    @Test func aPackageIndexWithoutFreeSlotsEnds() {
        // 4 slots, all taken by others.
        let slots: [UInt64] = [8, 9, 10, 11]
        let bytes =
            [UInt32(2), 1, 1, 4].flatMap { Self.little($0) } + slots.flatMap { Self.little($0) }
            + [UInt32(1), 1, 1, 1].flatMap { Self.little($0) } + [UInt32(1), 7, 9].flatMap { Self.little($0) }
        bytes.withUnsafeBytes { bytes in
            let index = PackageIndex(bytes)
            #expect(index?.parts(of: 12) == nil)
            #expect(index?.parts(of: 9) == [.info: PackageIndex.Part(offset: 7, size: 9)])
        }
        for count in 0..<bytes.count {
            Array(bytes[..<count]).withUnsafeBytes { #expect(PackageIndex($0) == nil) }
        }
    }

    @Test func numbersInLEB128() {
        func signed(_ bytes: [UInt8]) -> Int64 {
            bytes.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                return reader.sleb()
            }
        }
        // DWARF 5, figures 42 and 43.
        #expect(signed([2]) == 2)
        #expect(signed([0x7e]) == -2)
        #expect(signed([0xff, 0]) == 127)
        #expect(signed([0x81, 0x7f]) == -127)
        #expect(signed([0x80, 1]) == 128)
        #expect(signed([0x80, 0x7f]) == -128)
        #expect(signed([UInt8](repeating: 0xff, count: 20) + [0x7f]) == -1)
        let unending = [UInt8](repeating: 0x80, count: 64)
        unending.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            #expect(reader.uleb() == 0)
            #expect(reader.failed)
        }
    }
}
