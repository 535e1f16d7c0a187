import LinuxProcess

extension FuzzEntry {
    static let elfImage = FuzzEntry(
        name: "elf-image", summary: "Header, program headers and notes of a program.",
        seeds: { [ElfImageEntry.bytes] }, parse: { LinuxProcessFuzzing.elfImage($0) })

    static let modules = FuzzEntry(
        name: "modules", summary: "The modules among mappings whose memory is hostile.",
        seeds: { [ElfImageEntry.bytes, [0x90, 0x50, 0xd0, 0x58] + ElfImageEntry.bytes.dropFirst(4)] },
        parse: { LinuxProcessFuzzing.modules($0) })

    static let auxiliaryVector = FuzzEntry(
        name: "auxiliary-vector", summary: "An auxiliary vector and the command line that is found by it.",
        seeds: {
            let little = { (value: UInt64) in SeedCore.little(value) }
            // argc, argv, NULL, environment, NULL, vector, and AT_RANDOM's bytes behind.
            let words: [UInt64] = [1, 0x2000, 0, 0x2000, 0, 25, 0x1_0060, 9, 0x1000, 0, 0]
            return [words[5...].flatMap(little), words.flatMap(little)]
        }, parse: { LinuxProcessFuzzing.auxiliaryVector($0) })
}

/// A program of two segments with a build id (System V gABI, chapters 4 and 5).
enum ElfImageEntry {
    static var bytes: [UInt8] {
        let little = { (value: UInt64) in SeedCore.little(value) }
        let short = { (value: UInt16) in SeedCore.little(value) }
        let word = { (value: UInt32) in SeedCore.little(value) }
        let zeros = { (count: Int) in [UInt8](repeating: 0, count: count) }
        let note = word(4) + word(20) + word(3) + Array("GNU".utf8) + zeros(1) + [UInt8](1...20)
        let start = UInt64(64 + 3 * 56)
        var bytes = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + zeros(9)
        bytes += short(3) + short(62) + word(1) + little(0x1000) + little(64) + zeros(12)
        bytes += short(64) + short(56) + short(3) + zeros(6)
        for (type, flags, offset, count) in [
            (1, 5, 0, start + 64), (4, 4, start, UInt64(note.count)), (1, 6, 0, 64),
        ] as [(UInt32, UInt32, UInt64, UInt64)] {
            bytes += word(type) + word(flags) + little(offset) + little(offset) + zeros(8)
            bytes += little(count) + little(count) + little(4096)
        }
        return bytes + note + zeros(64)
    }
}
