/// A read position in bytes that may be hostile or cut short. All loads of the module's own parsers go through it.
///
/// A read beyond the end returns 0, moves to the end and sets `failed`, so that a hot loop checks once per record and
/// not once per field. Multi-byte integers are little endian. Borrows its bytes: the owner must outlive it.
package struct ByteReader {
    @usableFromInline package let base: UnsafeRawPointer?
    /// From the first byte of the whole buffer, so that positions equal offsets into the section.
    package var position: Int
    package let end: Int
    /// A read went beyond the end, or a number did not fit.
    package var failed = false

    /// Reads `bytes` from `position` to `end` (the end of the buffer when nil); an impossible range reads as empty.
    @inlinable @inline(__always)
    package init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0, end: Int? = nil) {
        base = bytes.baseAddress
        let end = min(max(end ?? bytes.count, 0), bytes.count)
        self.end = end
        self.position = min(max(position, 0), end)
        failed = position < 0 || position > end
    }

    @inlinable @inline(__always) package var isAtEnd: Bool { position >= end }
    @inlinable @inline(__always) package var remaining: Int { end - position }

    @usableFromInline @inline(never)
    package mutating func fail() {
        failed = true
        position = end
    }

    @inlinable @inline(__always)
    package mutating func load<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) -> Value {
        guard let base, end &- position >= MemoryLayout<Value>.size else {
            fail()
            return 0
        }
        let value = base.loadUnaligned(fromByteOffset: position, as: Value.self)
        position &+= MemoryLayout<Value>.size
        return Value(littleEndian: value)
    }

    @inlinable @inline(__always) package mutating func u8() -> UInt8 { load(UInt8.self) }
    @inlinable @inline(__always) package mutating func u16() -> UInt16 { load(UInt16.self) }
    @inlinable @inline(__always) package mutating func u32() -> UInt32 { load(UInt32.self) }
    @inlinable @inline(__always) package mutating func u64() -> UInt64 { load(UInt64.self) }

    /// Three bytes, as DW_FORM_strx3 and DW_FORM_addrx3 have them.
    @inlinable package mutating func u24() -> UInt32 {
        let low = UInt32(u16())
        return low | UInt32(u8()) << 16
    }

    /// An offset of 4 or 8 bytes (DWARF 5, section 7.4).
    @inlinable @inline(__always)
    package mutating func offset(is64: Bool) -> UInt64 { is64 ? u64() : UInt64(u32()) }

    /// An address of `size` bytes: 1, 2, 4 or 8, anything else fails.
    @inlinable @inline(__always)
    package mutating func address(size: Int) -> UInt64 {
        switch size {
        case 8: return u64()
        case 4: return UInt64(u32())
        case 2: return UInt64(u16())
        case 1: return UInt64(u8())
        default:
            fail()
            return 0
        }
    }

    /// An unsigned LEB128 number (DWARF 5, section 7.6). Bits beyond 64 are dropped, as binutils does.
    @inlinable @inline(__always)
    package mutating func uleb() -> UInt64 {
        let first = u8()
        return first < 0x80 ? UInt64(first) : longULEB(first)
    }

    @usableFromInline @inline(never)
    package mutating func longULEB(_ first: UInt8) -> UInt64 {
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while true {
            let byte = u8()
            if failed { return 0 }
            if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
            shift &+= 7
            if byte < 0x80 { return value }
        }
    }

    /// Moves past a LEB128 number, signed or not.
    @inlinable @inline(__always)
    package mutating func skipLEB() { while u8() >= 0x80 {} }

    /// A signed LEB128 number.
    @inlinable @inline(__always)
    package mutating func sleb() -> Int64 {
        let first = u8()
        if first < 0x80 { return Int64(Int8(bitPattern: first << 1) >> 1) }
        return longSLEB(first)
    }

    @usableFromInline @inline(never)
    package mutating func longSLEB(_ first: UInt8) -> Int64 {
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while true {
            let byte = u8()
            if failed { return 0 }
            if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
            shift &+= 7
            if byte < 0x80 {
                if shift < 64, byte & 0x40 != 0 { value |= ~0 << shift }
                return Int64(bitPattern: value)
            }
        }
    }

    /// Moves `count` bytes on; a count beyond the end fails.
    @inlinable @inline(__always)
    package mutating func skip(_ count: Int) {
        if count >= 0, count <= end &- position { position &+= count } else { fail() }
    }

    @inlinable @inline(__always)
    package mutating func skip(_ count: UInt64) {
        if count <= UInt64(end &- position) { position &+= Int(count) } else { fail() }
    }

    /// Moves to an absolute position, forward or back.
    package mutating func seek(to target: Int) {
        if target >= 0, target <= end { position = target } else { fail() }
    }

    /// The bytes up to the next NUL, which is skipped. Fails when there is none.
    package mutating func string() -> UnsafeRawBufferPointer {
        guard let base, let length = Self.length(base + position, limit: end - position) else {
            fail()
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        defer { position += length + 1 }
        return UnsafeRawBufferPointer(start: base + position, count: length)
    }

    /// The next `count` bytes, which are skipped. Empty when there are fewer.
    package mutating func bytes(_ count: UInt64) -> UnsafeRawBufferPointer {
        guard let base, count <= UInt64(remaining) else {
            fail()
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        defer { position += Int(count) }
        return UnsafeRawBufferPointer(start: base + position, count: Int(count))
    }

    /// The length of the NUL-terminated string at `start`, nil when it does not end within `limit` bytes.
    private static func length(_ start: UnsafeRawPointer, limit: Int) -> Int? {
        guard limit > 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(start: start, count: limit)
        return bytes.firstIndex(of: 0)
    }
}

extension UnsafeRawBufferPointer {
    /// A part of the bytes, nil when it does not lie within them as a whole.
    package func part(at offset: UInt64, count: UInt64) -> UnsafeRawBufferPointer? {
        guard offset <= UInt64(self.count), count <= UInt64(self.count) - offset else { return nil }
        return UnsafeRawBufferPointer(rebasing: self[Int(offset)..<Int(offset + count)])
    }

    /// The NUL-terminated string at `offset` without its NUL, nil when there is none.
    package func cString(at offset: UInt64) -> UnsafeRawBufferPointer? {
        guard offset < UInt64(count) else { return nil }
        var reader = ByteReader(self, at: Int(offset))
        let string = reader.string()
        return reader.failed ? nil : string
    }

    package static var none: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

extension String {
    /// UTF-8 text; invalid sequences become U+FFFD.
    package init(_ bytes: UnsafeRawBufferPointer) { self.init(decoding: bytes, as: UTF8.self) }
}
