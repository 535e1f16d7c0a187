import SignalMap

extension FuzzEntry {
    static let signalMap = FuzzEntry(
        name: "signal-map", summary: "A signal map's file, and all questions to it.",
        seeds: { [SignalMapFuzzing.seed] }, parse: { SignalMapFuzzing.map($0) })

    static let mappedBinary = FuzzEntry(
        name: "mapped-binary", summary: "An ELF file with code, through all steps to its signal map.",
        seeds: { [BinarySeed.program] }, parse: { SignalMapFuzzing.binary($0) })

    static let types = FuzzEntry(
        name: "types", summary: "An ELF file with debug information, for its types, prototypes and places.",
        seeds: { FuzzEntry.objectFile.seeds() }, parse: { TypeFuzzing.types($0) })
}

/// A program of two functions, laid out by the System V ABI.
private enum BinarySeed {
    private static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] { SeedCore.little(value) }

    /// At 0x1000: `wait` calls through a table of two, `main` calls `wait` in a loop and a pointer in its argument.
    private static let code: [UInt8] =
        [0x55, 0x48, 0x89, 0xe5, 0x83, 0xff, 0x01, 0x77, 0x10]
        + [0x48, 0x8d, 0x05, 0x30, 0, 0, 0, 0x48, 0x63, 0x14, 0xb8, 0x48, 0x01, 0xd0, 0xff, 0xe0]
        + [0x48, 0x89, 0x7d, 0xf8, 0x5d, 0xc3, 0x90]
        + [0x53, 0x48, 0x89, 0xfb, 0xe8, 0xd7, 0xff, 0xff, 0xff, 0xff, 0x53, 0x18, 0x85, 0xc0, 0x75, 0xf3, 0x5b, 0xc3]
        + [0x90, 0x90, 0x90, 0x90, 0x90, 0x90]
        + little(Int32(-39)) + little(Int32(-32))

    static var program: [UInt8] {
        let names: [UInt8] = Array("\0.text\0.symtab\0.strtab\0".utf8)
        let strings: [UInt8] = Array("\0wait\0main\0".utf8)
        func symbol(_ name: UInt32, _ address: UInt64, _ size: UInt64) -> [UInt8] {
            little(name) + [0x12, 0] + little(UInt16(1)) + little(address) + little(size)
        }
        let symbols = [UInt8](repeating: 0, count: 24) + symbol(1, 0x1000, 32) + symbol(6, 0x1020, 18)
        let text = 64 + 56
        let symtab = text + code.count
        let strtab = symtab + symbols.count
        let shstrtab = strtab + strings.count
        let headers = shstrtab + names.count
        func section(
            _ name: UInt32, _ type: UInt32, _ flags: UInt64, _ address: UInt64, _ offset: Int, _ size: Int,
            _ link: UInt32, _ entry: UInt64
        ) -> [UInt8] {
            little(name) + little(type) + little(flags) + little(address) + little(UInt64(offset))
                + little(UInt64(size))
                + little(link) + little(UInt32(1)) + little(UInt64(1)) + little(entry)
        }
        var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        file += little(UInt16(3)) + little(UInt16(62)) + little(UInt32(1)) + little(UInt64(0x1020))
        file += little(UInt64(64)) + little(UInt64(headers)) + little(UInt32(0)) + little(UInt16(64))
        file += little(UInt16(56)) + little(UInt16(1)) + little(UInt16(64)) + little(UInt16(5)) + little(UInt16(4))
        file += little(UInt32(1)) + little(UInt32(5)) + little(UInt64(text)) + little(UInt64(0x1000))
        file += little(UInt64(0x1000)) + little(UInt64(code.count)) + little(UInt64(code.count)) + little(UInt64(16))
        file += code + symbols + strings + names
        file += [UInt8](repeating: 0, count: 64)
        file += section(1, 1, 6, 0x1000, text, code.count, 0, 0)
        file += section(7, 2, 0, 0, symtab, symbols.count, 3, 24)
        file += section(15, 3, 0, 0, strtab, strings.count, 0, 0)
        file += section(15, 3, 0, 0, shstrtab, names.count, 0, 0)
        return file
    }
}
