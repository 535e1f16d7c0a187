import CZlib

/// CRC-32 as zlib computes it (polynomial 0xEDB88320 reflected), over `bytes` after what `initial` is the sum of.
func checksum(_ bytes: UnsafeRawBufferPointer, after initial: UInt32 = 0) -> UInt32 {
    guard let base = bytes.baseAddress else { return initial }
    return UInt32(truncatingIfNeeded: crc32_z(UInt(initial), base.assumingMemoryBound(to: UInt8.self), bytes.count))
}

func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { checksum($0) } }
