/// Integers, bytes and strings at places that the input names: every load from untrusted bytes goes through here.
///
/// Offsets come from files and may be anything. What does not lie within the bytes as a whole gives nil; nothing traps
/// and nothing is read outside. Integers are little endian, as on all machines that can be analyzed.
extension RawSpan {
    /// The integer whose first byte is at `offset`.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type = Value.self) -> Value?
    {
        guard holds(offset, count: MemoryLayout<Value>.size) else { return nil }
        // The one unsafe load: `holds` has checked both ends.
        return Value(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Value.self))
    }

    /// A copy of `count` bytes from `offset` on. Allocates only after it is known that they are there.
    func bytes(at offset: Int, count: Int) -> [UInt8]? {
        guard holds(offset, count: count) else { return nil }
        return extracting(offset..<offset + count).withUnsafeBytes { Array($0) }
    }

    /// The text from `offset` up to a NUL or to the end of the `limit` bytes, whichever comes first.
    ///
    /// For fixed arrays such as `pr_fname`, which need not end in NUL. Nil when `limit` bytes are not there.
    func text(at offset: Int, limit: Int) -> String? {
        guard let bytes = bytes(at: offset, count: limit) else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The text from `offset` up to a NUL that must be there, and the offset behind the NUL.
    func terminatedText(at offset: Int) -> (text: String, next: Int)? {
        guard holds(offset, count: 0) else { return nil }
        var end = offset
        while end < byteCount, integer(at: end, as: UInt8.self) != 0 { end += 1 }
        guard end < byteCount else { return nil }
        return bytes(at: offset, count: end - offset).map { (String(decoding: $0, as: UTF8.self), end + 1) }
    }

    /// Whether `count` bytes from `offset` on lie within the span. Safe for any values.
    func holds(_ offset: Int, count: Int) -> Bool {
        offset >= 0 && count >= 0 && offset <= byteCount && byteCount - offset >= count
    }
}

extension UInt64 {
    /// The sum, nil when it does not fit: for offsets and sizes that a file names.
    func sum(_ other: UInt64) -> UInt64? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum
    }

    /// The product, nil when it does not fit.
    func product(_ other: UInt64) -> UInt64? {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? nil : product
    }

    /// Rounded down to a page of x86-64, 4096 bytes.
    var pageStart: UInt64 { self & ~4095 }

    /// Rounded up to a page; the last page's start where that would overflow.
    var pageEnd: UInt64 { self > ~4095 ? ~4095 : (self &+ 4095) & ~4095 }
}
