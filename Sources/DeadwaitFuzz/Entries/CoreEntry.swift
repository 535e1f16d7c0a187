import LinuxProcess

extension FuzzEntry {
    static let core = FuzzEntry(
        name: "core", summary: "A core: headers, notes, mappings, modules, memory.",
        seeds: { [SeedCore.bytes(isLarge: false), SeedCore.bytes(isLarge: true)] },
        parse: { LinuxProcessFuzzing.core($0) })
}

/// Small cores with each kind of note that is read (System V gABI, chapter 5; the kernel's fs/binfmt_elf.c).
enum SeedCore {
    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    private static func note(_ type: UInt32, _ descriptor: [UInt8]) -> [UInt8] {
        little(UInt32(5)) + little(UInt32(descriptor.count)) + little(type) + Array("CORE".utf8) + zeros(4)
            + descriptor + zeros((4 - descriptor.count % 4) % 4)
    }

    private static func thread(_ id: Int32, signal: Int16, stackPointer: UInt64) -> [UInt8] {
        var status = zeros(12) + little(signal) + zeros(18) + little(id) + zeros(76)
        for index in 0..<27 {
            status += little(index == 19 ? stackPointer : index == 16 ? 0x40_1007 : index == 15 ? 219 : UInt64(index))
        }
        return note(1, status + zeros(8))
    }

    static func bytes(isLarge: Bool) -> [UInt8] {
        let stack: UInt64 = 0x7000
        let files =
            little(UInt64(1)) + little(UInt64(4096)) + little(UInt64(0x40_0000)) + little(UInt64(0x40_2000))
            + little(UInt64(0)) + Array("/bin/program".utf8) + zeros(1)
        var notes = thread(7, signal: 11, stackPointer: stack)
        notes += note(3, zeros(24) + little(Int32(7)) + zeros(12) + Array("program".utf8) + zeros(9 + 80))
        notes += note(0x5349_4749, little(Int32(11)) + zeros(4) + little(Int32(1)) + zeros(4) + zeros(112))
        notes += note(
            6, little(UInt64(9)) + little(UInt64(0x40_1000)) + little(UInt64(25)) + little(stack + 64) + zeros(16))
        notes += note(0x4649_4c45, files)
        if isLarge { for id in 8..<16 { notes += thread(Int32(id), signal: 0, stackPointer: stack) } }
        let image = ElfImageEntry.bytes
        let parts: [(type: UInt32, flags: UInt32, address: UInt64, data: [UInt8])] = [
            (4, 0, 0, notes), (1, 5, 0x40_0000, image), (1, 6, stack, zeros(isLarge ? 4096 : 128)),
        ]
        var header = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + zeros(9)
        header += little(UInt16(4)) + little(UInt16(62)) + little(UInt32(1)) + zeros(8) + little(UInt64(64)) + zeros(12)
        header += little(UInt16(64)) + little(UInt16(56)) + little(UInt16(parts.count)) + zeros(6)
        var table: [UInt8] = []
        var data: [UInt8] = []
        for part in parts {
            let offset = UInt64(64 + 56 * parts.count + data.count)
            let count = UInt64(part.data.count)
            table += little(part.type) + little(part.flags) + little(offset) + little(part.address) + zeros(8)
            table += little(count) + little(count) + little(UInt64(4096))
            data += part.data
        }
        return header + table + data
    }
}
