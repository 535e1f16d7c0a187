import ProcessModel

/// Reads records of a registry out of a target's memory.
struct RegistryBytes {
    let memory: any MemorySource
    /// Of the header.
    let base: Address
    /// The target may write while it is read.
    let isChanging: Bool

    /// Bytes of records that are read at a time.
    static let chunkSize = 256 << 10

    /// Exactly `count` bytes from `offset` on; nil when fewer can be read.
    func read(_ offset: UInt64, count: Int) -> [UInt8]? {
        let (address, overflow) = base.rawValue.addingReportingOverflow(offset)
        guard !overflow, !address.addingReportingOverflow(UInt64(count)).overflow else { return nil }
        return memory.bytes(Address(address), count: count)
    }

    /// One record; nil when it does not exist or cannot be read.
    func record<Record: BitwiseCopyable>(_ index: Int, of area: RegistryArea, as type: Record.Type) -> Record? {
        guard index >= 0, index < area.capacity else { return nil }
        return read(Self.offset(of: index, in: area), count: MemoryLayout<Record>.size)?.record(at: 0, as: type)
    }

    /// Where a record begins. For indexes below the capacity, which was checked to fit.
    static func offset(of index: Int, in area: RegistryArea) -> UInt64 {
        area.offset + UInt64(index) * UInt64(area.recordSize)
    }

    /// The records of an area up to `count`, in chunks of about `chunkSize`.
    static func chunks(of area: RegistryArea, count: Int) -> [Range<Int>] {
        let step = max(chunkSize / area.recordSize, 1)
        return stride(from: 0, to: min(count, area.capacity), by: step).map {
            $0..<min($0 + step, count, area.capacity)
        }
    }
}

extension [UInt8] {
    /// The record whose first byte is at `offset`; nil when it does not lie within the bytes as a whole.
    func record<Record: BitwiseCopyable>(at offset: Int, as type: Record.Type) -> Record? {
        guard offset >= 0, offset <= count, count - offset >= MemoryLayout<Record>.size else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }
}
