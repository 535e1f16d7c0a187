/// Little-endian values, one after the other.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Bytes after their number.
    mutating func write<Count: FixedWidthInteger>(_ more: [UInt8], countedBy: Count.Type) {
        write(Count(more.count))
        write(more)
    }

    /// Puts `value` in place of what was written at `offset`.
    mutating func overwrite(_ value: UInt32, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<offset + 4, with: $0) }
    }

    mutating func writeChecksum() { write(checksum(bytes)) }
}
