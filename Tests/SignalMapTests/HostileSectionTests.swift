import DebugInfo
import Testing

@testable import SignalMap

/// Headers that name the same bytes again and again: what is made of a file stays in proportion to it.
@Suite struct HostileSectionTests {
    private static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private struct Section {
        var type: UInt32
        var flags: UInt64
        var address: UInt64
        var offset: Int
        var size: Int
    }

    /// An ELF file of `contents` at 0x1000, mapped by as many segments and named by as many sections as are given.
    private static func file(_ contents: [UInt8], segments: [UInt64], sections: [Section]) -> [UInt8] {
        let table = 0x1000 + contents.count
        var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        file += little(UInt16(3)) + little(UInt16(62)) + little(UInt32(1)) + little(UInt64(0))
        file += little(UInt64(64)) + little(UInt64(table)) + little(UInt32(0)) + little(UInt16(64)) + little(UInt16(56))
        file += little(UInt16(segments.count)) + little(UInt16(64)) + little(UInt16(sections.count)) + little(UInt16(0))
        for address in segments {
            file += little(UInt32(1)) + little(UInt32(7)) + little(UInt64(0x1000)) + little(address) + little(address)
            file += little(UInt64(contents.count)) + little(UInt64(contents.count)) + little(UInt64(4096))
        }
        file += [UInt8](repeating: 0, count: 0x1000 - file.count) + contents
        for section in sections {
            file += little(UInt32(0)) + little(section.type) + little(section.flags) + little(section.address)
            file += little(UInt64(section.offset)) + little(UInt64(section.size)) + [UInt8](repeating: 0, count: 24)
        }
        return file
    }

    private func binary(_ bytes: [UInt8]) throws -> BinaryFile {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        buffer.copyBytes(from: bytes)
        return try BinaryFile(try ObjectFile(buffer: buffer, name: "hostile"))
    }

    @Test func codeThatManySectionsNameIsReadOnce() throws {
        let code = [UInt8](repeating: 0x90, count: 1 << 14)
        let addresses = (0..<40).map { UInt64($0) << 20 }
        let sections = addresses.map { Section(type: 1, flags: 6, address: $0, offset: 0x1000, size: code.count) }
        let file = try binary(Self.file(code, segments: addresses, sections: sections))
        let map = try CodeMap(file)
        #expect(map.instructions.count == code.count)
        #expect(file.gaps.contains { $0.reason.contains("shares bytes") })
        #expect(file.gaps.contains { $0.operation == "read 31 more sections" })
    }

    @Test func dataThatManySectionsNameIsReadOnce() throws {
        let data = [UInt8](repeating: 0, count: 1 << 14)
        let addresses = (1...40).map { UInt64($0) << 20 }
        let sections = addresses.map { Section(type: 1, flags: 3, address: $0, offset: 0x1000, size: data.count) }
        let words = DataWords(try binary(Self.file(data, segments: addresses, sections: sections)))
        #expect(words.regions.count == 1)
    }

    @Test func packedRelocationsAreNoMoreThanTheWordsOfTheFile() throws {
        // Each bitmap stands for 63 words (gABI, "Relative Relocation Table").
        let bitmaps = Self.little(UInt64(0x1_0000)) + [UInt8](repeating: 0xff, count: 1 << 14)
        let addresses = (0..<60).map { 0x1_0000 + UInt64($0) * UInt64(bitmaps.count) }
        let relative = Section(type: 19, flags: 2, address: 0, offset: 0x1000, size: bitmaps.count)
        let bytes = Self.file(bitmaps, segments: addresses, sections: [relative])
        let file = try binary(bytes)
        #expect(file.pointers.count > 1000)
        #expect(file.pointers.count <= bytes.count / 8)
    }

    @Test func moreHeadersThanAnyLinkerWritesAreLeftOut() throws {
        let sections = (0..<5000).map { Section(type: 8, flags: 3, address: UInt64($0) << 8, offset: 0, size: 16) }
        let file = try binary(Self.file([0xc3], segments: [], sections: sections))
        #expect(file.sections.count == LoadedSections.mostSections)
        #expect(file.gaps.contains { $0.reason == "there are 5000, more than any linker writes" })
    }
}
