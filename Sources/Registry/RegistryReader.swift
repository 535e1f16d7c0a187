import Glibc
import ProcessModel
import RegistryABI

/// Reads the registry that the runtime library keeps in a process, out of any memory source.
///
/// Nothing in the registry is believed before it was checked: sizes and offsets against the whole, numbers of stacks
/// and texts against their tables, and each record that its owner may be changing by the sequence protocol of
/// registry_abi.h. What does not stand up to that is left out and has a gap.
public struct RegistryReader {
    /// So often a record that changes while it is read is read anew.
    static let attempts = 32

    private let memory: any MemorySource
    private let isLive: Bool

    /// - Parameters:
    ///   - memory: of the target, or of a file that is a registry.
    ///   - isLive: the target runs, so that records change while they are read, and its clock is ours.
    public init(memory: any MemorySource, isLive: Bool) {
        self.memory = memory
        self.isLive = isLive
    }

    /// Reads the registry whose header is at `place`.
    ///
    /// - Parameter process: whose registry it must be, in its own pid namespace; nil where that is not known.
    /// - Throws: when the header cannot be believed, or it is another process's.
    public func read(_ place: RegistryPlace, of process: ProcessID?) throws(RegistryError) -> RegistryRecord {
        let layout = try layout(place)
        let owner = ProcessID(Int32(truncatingIfNeeded: layout.header.pid))
        if let process, process != owner {
            throw .foreign(place: place.name, owner: owner, process: process)
        }
        if place.origin != .file, layout.header.base_address != place.address.rawValue {
            throw .malformed(
                place: place.name, reason: "its header says that it lies at \(Address(layout.header.base_address))")
        }
        let bytes = RegistryBytes(memory: memory, base: place.address, isChanging: isLive)
        var decoder = RegistryDecoder(bytes: bytes, layout: layout, place: place)
        if isLive { decoder.record.readAt = Self.now() }
        decoder.decode()
        return decoder.finished()
    }

    /// The process whose registry it is, as its header says.
    public func owner(of place: RegistryPlace) throws(RegistryError) -> ProcessID {
        ProcessID(Int32(truncatingIfNeeded: try layout(place).header.pid))
    }

    private func layout(_ place: RegistryPlace) throws(RegistryError) -> RegistryLayout {
        let bytes = [UInt8](unsafeUninitializedCapacity: RegistryLayout.headerSize) { buffer, count in
            count = memory.read(place.address, into: UnsafeMutableRawBufferPointer(buffer))
        }
        if bytes.isEmpty { throw .unreadable(place: place.name, address: place.address) }
        return try RegistryLayout(header: bytes, available: place.available, place: place.name)
    }

    private static func now() -> UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

/// Where a registry is.
public struct RegistryPlace: Hashable, Sendable {
    public var address: Address
    /// Bytes that can be there at most, from `address` on; nil when that is not known.
    public var available: UInt64?
    public var origin: RegistryRecord.Origin
    /// In errors and gaps: the module's path, or the file's.
    public var name: String

    public init(address: Address, available: UInt64? = nil, origin: RegistryRecord.Origin, name: String) {
        self.address = address
        self.available = available
        self.origin = origin
        self.name = name
    }
}
