import DebugInfo

extension FuzzEntry {
    static let objectFile = FuzzEntry(
        name: "object-file", summary: "Symbols, DWARF entries, lines and parameters of an ELF file.",
        seeds: { [SymbolSeed.objectFile] }, parse: { SymbolFuzzing.objectFile($0) })

    static let lineProgram = FuzzEntry(
        name: "line-program", summary: "A line number program of .debug_line.",
        seeds: { [SymbolSeed.lineProgram4, SymbolSeed.lineProgram5] }, parse: { SymbolFuzzing.lineProgram($0) })

    static let mangledName = FuzzEntry(
        name: "mangled-name", summary: "A Rust symbol, older or v0.",
        seeds: {
            [
                "_RNvXs4_Csc_4coreNtB5_3StrNtB5_5Debug3fmt", "_RINvC3std3fooFG_RL0_hEhE", "_RINvC3std3fooKb1_Kc41_E",
                "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
                "_RINvC3std3fooDNtC4core4SendEL_TmEAhj8_E", "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE",
            ].map { Array($0.utf8) }
        }, parse: { SymbolFuzzing.mangledName($0) })

    static let packageIndex = FuzzEntry(
        name: "package-index", summary: "The unit index of a .dwp file.",
        seeds: { [SymbolSeed.packageIndex(version: 2), SymbolSeed.packageIndex(version: 5)] },
        parse: { SymbolFuzzing.packageIndex($0) })

    static let answers = FuzzEntry(
        name: "answers", summary: "A file of the cache of finished answers.",
        seeds: { [Array("dwanswer".utf8) + [1, 0, 0, 0] + [UInt8](repeating: 0, count: 28)] },
        parse: { SymbolFuzzing.answers($0) })
}

/// Small inputs laid out by the DWARF 4 and 5 standards.
private enum SymbolSeed {
    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] { SeedCore.little(value) }

    private static let program: [UInt8] =
        [0, 9, 2] + little(UInt64(0x1000)) + [3, 10, 1, 5, 7, 0x4b, 0x83, 2, 20, 8, 9, 4, 0, 1, 0, 1, 1]

    private static func sized(_ body: [UInt8]) -> [UInt8] { little(UInt32(body.count)) + body }

    static var lineProgram4: [UInt8] {
        let tables: [UInt8] = [0x2f, 0x64, 0, 0] + [0x61, 0, 1, 0, 0, 0]
        let header: [UInt8] = [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1] + tables
        return sized([4, 0] + sized(header) + program)
    }

    static var lineProgram5: [UInt8] {
        let tables: [UInt8] = [1, 1, 8, 1, 0x2f, 0x64, 0, 2, 1, 8, 2, 0x0b, 1, 0x61, 0, 0]
        let header: [UInt8] = [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1] + tables
        return sized([5, 0, 8, 0] + sized(header) + program)
    }

    static func packageIndex(version: UInt32) -> [UInt8] {
        let header = [version, 2, 1, 2].flatMap { little($0) }
        let slots = little(UInt64(0)) + little(UInt64(0x1122_3344_5566_7789)) + little(UInt32(0)) + little(UInt32(1))
        let rows: [UInt32] = [1, 3, 16, 32, 64, 128]
        return header + slots + rows.flatMap { little($0) }
    }

    /// A unit with a function at 0x1000, one call inlined in it, and a parameter of each kind of place.
    static var objectFile: [UInt8] {
        let abbreviations: [UInt8] =
            [1, 0x11, 1, 0x03, 8, 0x11, 1, 0x12, 7, 0x10, 0x17, 0x1b, 8, 0, 0]
            + [2, 0x2e, 1, 0x03, 8, 0x11, 1, 0x12, 7, 0x40, 0x18, 0, 0]
            + [3, 0x05, 0, 0x03, 8, 0x02, 0x18, 0, 0]
            + [4, 0x1d, 1, 0x31, 0x13, 0x11, 1, 0x12, 7, 0x58, 0x0b, 0x59, 0x0b, 0, 0]
            + [5, 0x2e, 0, 0x03, 8, 0, 0] + [0]
        var entries: [UInt8] = [1, 0x61, 0] + little(UInt64(0x1000)) + little(UInt64(0x100)) + little(UInt32(0))
        entries += [0x2f, 0] + [5, 0x69, 0]
        let abstract = UInt32(11 + entries.count - 3)
        entries += [2, 0x66, 0] + little(UInt64(0x1000)) + little(UInt64(0x80)) + [1, 0x9c]
        entries += [3, 0x70, 0, 2, 0x91, 0x68] + [3, 0x71, 0, 1, 0x55] + [3, 0x72, 0, 4, 0xa3, 1, 0x54, 0x9f]
        entries += [4] + little(abstract) + little(UInt64(0x1010)) + little(UInt64(0x20)) + [1, 9, 0] + [0, 0]
        let info = sized([4, 0] + little(UInt32(0)) + [8] + entries)
        let symbols = [UInt8](repeating: 0, count: 24) + little(UInt32(1)) + [0x12, 0, 1, 0] + little(UInt64(0x1000))
        let sections: [(name: String, type: UInt32, entry: UInt64, bytes: [UInt8])] = [
            (".debug_info", 1, 0, info), (".debug_abbrev", 1, 0, abbreviations), (".debug_line", 1, 0, lineProgram4),
            (".symtab", 2, 24, symbols + little(UInt64(0x80))), (".strtab", 3, 0, [0, 0x66, 0]),
        ]
        return elf(sections)
    }

    private static func elf(_ sections: [(name: String, type: UInt32, entry: UInt64, bytes: [UInt8])]) -> [UInt8] {
        var names: [UInt8] = [0]
        var body: [UInt8] = []
        var headers = [UInt8](repeating: 0, count: 64)
        func append(_ name: String, _ type: UInt32, _ entry: UInt64, _ bytes: [UInt8], _ link: UInt32) {
            headers += little(UInt32(names.count)) + little(type) + [UInt8](repeating: 0, count: 16)
            headers += little(UInt64(64 + body.count)) + little(UInt64(bytes.count)) + little(link)
            headers += [UInt8](repeating: 0, count: 12) + little(entry)
            names += Array(name.utf8) + [0]
            body += bytes
        }
        for section in sections {
            append(section.name, section.type, section.entry, section.bytes, section.type == 2 ? 5 : 0)
        }
        append(".shstrtab", 3, 0, names + Array(".shstrtab".utf8) + [0], 0)
        var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        file += little(UInt16(3)) + little(UInt16(62)) + little(UInt32(1)) + [UInt8](repeating: 0, count: 16)
        file += little(UInt64(64 + body.count)) + [UInt8](repeating: 0, count: 4) + little(UInt16(64))
        file += [UInt8](repeating: 0, count: 4) + little(UInt16(64)) + little(UInt16(sections.count + 2))
        return file + little(UInt16(sections.count + 1)) + body + headers
    }
}
