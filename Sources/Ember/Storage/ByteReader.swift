/// Reads what `ByteWriter` wrote, from bytes that may be anything: nil where they end too soon.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    /// `bytes` must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - offset }

    mutating func read<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value? {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { return nil }
        defer { offset += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    mutating func read<Count: FixedWidthInteger>(count: Count) -> [UInt8]? {
        guard let count = Int(exactly: count), count >= 0, remaining >= count else { return nil }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// Bytes after their number.
    mutating func read<Count: FixedWidthInteger>(countedBy: Count.Type) -> [UInt8]? {
        guard let count = read(Count.self) else { return nil }
        return read(count: count)
    }
}
