import Registry

extension FuzzEntry {
    static let registry = FuzzEntry(
        name: "registry", summary: "What the runtime library recorded, as a file and as memory that changes.",
        seeds: { [SeedRegistry.bytes] }, parse: { RegistryFuzzing.registry($0) })

    static let registryModule = FuzzEntry(
        name: "registry-module", summary: "The dynamic symbols of a module, and the beacon that one of them leads to.",
        seeds: { [SeedRegistry.module(gnuHash: true), SeedRegistry.module(gnuHash: false)] },
        parse: { RegistryFuzzing.module($0) })
}

/// Small inputs laid out by registry_abi.h and the System V gABI.
private enum SeedRegistry {
    private static func put(_ bytes: inout [UInt8], _ offset: Int, _ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
    }

    private static func put(_ bytes: inout [UInt8], _ offset: Int, _ text: String) {
        bytes.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8))
    }

    /// Every area with two records in use.
    static var bytes: [UInt8] {
        // Kinds 1 to 13 with the bytes of their records.
        let sizes = [104, 96, 128, 128, 24, 64, 64, 64, 64, 256, 256, 48, 32]
        var bytes = [UInt8](repeating: 0, count: 760)
        var places: [Int] = []
        for size in sizes {
            places.append(bytes.count)
            bytes += [UInt8](repeating: 0, count: size * 2)
        }
        put(&bytes, 0, "DEADWAIT-REGIST")
        for (offset, value) in [(16, 1), (20, 760), (40, 100), (48, 1), (52, 2), (72, 2)] as [(Int, UInt32)] {
            put(&bytes, offset, value)
        }
        put(&bytes, 24, UInt64(bytes.count))
        put(&bytes, 32, RegistryFuzzing.base)
        for (index, size) in sizes.enumerated() {
            let area = 120 + index * 24
            for (offset, value) in [(0, index + 1), (4, size), (8, 2)] { put(&bytes, area + offset, UInt32(value)) }
            put(&bytes, area + 16, UInt64(places[index]))
        }
        for record in 0..<2 {
            func place(_ kind: Int) -> Int { places[kind - 1] + record * sizes[kind - 1] }
            for (offset, value) in [(0, 2), (4, 2), (8, record + 1), (16, 100 + record), (72, 1), (80, 1)] {
                put(&bytes, place(1) + offset, UInt32(value))
            }
            put(&bytes, place(2) + 4, UInt32(0x01))
            for (offset, value) in [(8, 0x1000), (40, 1), (60, 3), (64, 0x111), (80, 0x121)] {
                put(&bytes, place(2) + offset, UInt32(value))
            }
            for (offset, value) in [(0, 0x1000 + record), (12, 1), (80, 1), (84, 1), (112, 5)] {
                put(&bytes, place(3) + offset, UInt32(value))
            }
            for (offset, value) in [(8, 2), (16, 0x40_1000), (24, 0x40_2000)] {
                put(&bytes, place(4) + offset, UInt32(value))
            }
            put(&bytes, place(5), UInt64(0x40_3000))
            put(&bytes, place(6), UInt32(1))
            put(&bytes, place(6) + 4, "text")
            put(&bytes, place(7) + 4, UInt16(record + 1))
            put(&bytes, place(7) + 6, UInt16(1))
            put(&bytes, place(8), UInt64(7))
            put(&bytes, place(9) + 4, UInt32(11))
            for (offset, value) in [(0, 0x40_0000), (8, 0x50_0000), (24, 1), (28, 20)] {
                put(&bytes, place(10) + offset, UInt32(value))
            }
            for (offset, value) in [(0, 1), (16, 0x1000)] { put(&bytes, place(11) + offset, UInt32(value)) }
            for (offset, value) in [(0, 0x1000), (8, 0x2000)] { put(&bytes, place(12) + offset, UInt32(value)) }
            for (offset, value) in [(0, 0x1000), (28, 1)] { put(&bytes, place(13) + offset, UInt32(value)) }
        }
        return bytes
    }

    /// An ELF header, a dynamic section, a hash table with one symbol, and a beacon that names its own module.
    static func module(gnuHash: Bool) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        bytes.replaceSubrange(0..<7, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
        put(&bytes, 32, UInt64(64))
        for (offset, value) in [(54, 56), (56, 1), (64, 2)] { put(&bytes, offset, UInt16(value)) }
        put(&bytes, 80, UInt64(128))
        put(&bytes, 104, UInt64(80))
        let entries: [(UInt64, UInt64)] = [(gnuHash ? 0x6fff_fef5 : 4, 256), (5, 512), (10, 64), (6, 384), (0, 0)]
        for (index, entry) in entries.enumerated() {
            put(&bytes, 128 + index * 16, entry.0)
            put(&bytes, 136 + index * 16, entry.1)
        }
        let name = "deadwait_registry_beacon"
        put(&bytes, 513, name)
        put(&bytes, 384 + 24, UInt32(1))
        put(&bytes, 384 + 30, UInt16(1))
        put(&bytes, 384 + 32, UInt64(640))
        if gnuHash {
            for (index, word) in [1, 1, 1, 6].enumerated() { put(&bytes, 256 + index * 4, UInt32(word)) }
            put(&bytes, 272, UInt64.max)
            put(&bytes, 280, UInt32(1))
            put(&bytes, 284, name.utf8.reduce(5381 as UInt32) { $0 &* 33 &+ UInt32($1) } | 1)
        } else {
            for (index, word) in [1, 2, 1, 0, 0].enumerated() { put(&bytes, 256 + index * 4, UInt32(word)) }
        }
        put(&bytes, 640, "DEADWAIT-BEACON")
        for (offset, value) in [(656, 1), (660, 48), (672, 256), (680, 100)] as [(Int, UInt32)] {
            put(&bytes, offset, value)
        }
        put(&bytes, 664, RegistryFuzzing.module)
        return bytes
    }
}
