import Foundation

/// Lays out a core byte by byte, as the System V gABI and the kernel's fs/binfmt_elf.c say, and wrong where a test wants.
struct HandLaidCore {
    struct Segment {
        var type: UInt32
        var flags: UInt32 = 0
        var address: UInt64 = 0
        /// What the header says; the bytes stand elsewhere when `data` is nil.
        var offset: UInt64?
        var fileSize: UInt64?
        var memorySize: UInt64?
        var data: [UInt8] = []
    }

    var machine: UInt16 = 62
    var elfClass: UInt8 = 2
    var byteOrder: UInt8 = 1
    var type: UInt16 = 4
    var entrySize: UInt16 = 56
    /// Nil: the true number.
    var count: UInt16?
    var sectionOffset: UInt64 = 0
    var segments: [Segment] = []
    /// Put behind everything; `sectionOffset` may point here.
    var tail: [UInt8] = []

    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    static func note(_ name: String, _ type: UInt32, _ descriptor: [UInt8], size: UInt32? = nil) -> [UInt8] {
        let name = Array(name.utf8) + [0]
        return little(UInt32(name.count)) + little(size ?? UInt32(descriptor.count)) + little(type) + padded(name)
            + padded(descriptor)
    }

    /// struct elf_prstatus: 336 bytes.
    static func status(
        _ id: Int32, signal: Int16 = 0, stackPointer: UInt64 = 0, pc: UInt64 = 0, systemCall: Int64 = -1,
        result: Int64 = 0, arguments: [UInt64] = [], threadPointer: UInt64 = 0
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 336)
        func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
            bytes.replaceSubrange(offset..<offset + MemoryLayout<Value>.size, with: little(value))
        }
        func register(_ index: Int, _ value: UInt64) { put(value, at: 112 + index * 8) }
        put(signal, at: 12)
        put(id, at: 32)
        register(19, stackPointer)
        register(16, pc)
        register(15, UInt64(bitPattern: systemCall))
        register(10, UInt64(bitPattern: result))
        register(21, threadPointer)
        for (place, value) in zip([14, 13, 12, 7, 9, 8], arguments) { register(place, value) }
        return note("CORE", 1, bytes)
    }

    /// NT_FILE, with any count.
    static func files(
        _ entries: [(start: UInt64, end: UInt64, page: UInt64, path: String)], count: UInt64? = nil,
        pageSize: UInt64 = 4096
    ) -> [UInt8] {
        var bytes = little(count ?? UInt64(entries.count)) + little(pageSize)
        for entry in entries { bytes += little(entry.start) + little(entry.end) + little(entry.page) }
        for entry in entries { bytes += Array(entry.path.utf8) + [0] }
        return note("CORE", 0x4649_4c45, bytes)
    }

    static func notes(_ notes: [UInt8]...) -> Segment { Segment(type: 4, data: notes.flatMap { $0 }) }

    static func load(
        _ address: UInt64, _ data: [UInt8], flags: UInt32 = 6, memorySize: UInt64? = nil
    ) -> Segment {
        Segment(type: 1, flags: flags, address: address, memorySize: memorySize ?? UInt64(data.count), data: data)
    }

    var bytes: [UInt8] {
        var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, elfClass, byteOrder, 1, 0] + [UInt8](repeating: 0, count: 8)
        header += Self.little(type) + Self.little(machine) + Self.little(UInt32(1)) + Self.little(UInt64(0))
        header += Self.little(UInt64(64)) + Self.little(sectionOffset) + Self.little(UInt32(0))
        header += Self.little(UInt16(64)) + Self.little(entrySize) + Self.little(count ?? UInt16(segments.count))
        header += Self.little(UInt16(64)) + Self.little(UInt16(0)) + Self.little(UInt16(0))
        var table: [UInt8] = []
        var data: [UInt8] = []
        let start = UInt64(64 + 56 * segments.count)
        for segment in segments {
            table += Self.little(segment.type) + Self.little(segment.flags)
            table += Self.little(segment.offset ?? start + UInt64(data.count)) + Self.little(segment.address)
            table += Self.little(UInt64(0)) + Self.little(segment.fileSize ?? UInt64(segment.data.count))
            table += Self.little(segment.memorySize ?? UInt64(segment.data.count)) + Self.little(UInt64(4096))
            data += segment.data
        }
        return header + table + data + tail
    }
}
