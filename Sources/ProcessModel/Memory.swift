/// Bytes of the process under diagnosis, by its own addresses.
///
/// Conformers: the stacks and objects copied by a capture, a live process, the segments of a core.
public protocol MemorySource: AnyObject {
    /// Copies up to `buffer.count` bytes from `address` on and returns how many were there.
    ///
    /// A short count means that the rest is not mapped, not readable or not in the core. Never throws: a caller that
    /// needs the bytes turns a short count into a `Gap`.
    func read(_ address: Address, into buffer: UnsafeMutableRawBufferPointer) -> Int

    /// The bytes around `address` that already lie in our own memory, so that a caller with many loads in one place (a
    /// stack walk) asks once. Nil when there are none. They stay valid as long as the source lives.
    func residentBytes(around address: Address) -> ResidentBytes?
}

/// A stretch of the target's memory that lies in ours.
public struct ResidentBytes {
    /// The target's address of the first byte.
    public var start: Address
    /// Borrowed from the memory source.
    public var bytes: UnsafeRawBufferPointer

    public init(start: Address, bytes: UnsafeRawBufferPointer) {
        self.start = start
        self.bytes = bytes
    }

    /// An integer at `address`, nil when it does not lie within the stretch as a whole.
    @inlinable
    public func load<Value: FixedWidthInteger & BitwiseCopyable>(_ address: Address, as type: Value.Type) -> Value? {
        let offset = address.rawValue &- start.rawValue
        let count = UInt64(bytes.count)
        let size = UInt64(MemoryLayout<Value>.size)
        guard offset < count, count - offset >= size else { return nil }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: Int(offset), as: Value.self))
    }
}

extension MemorySource {
    public func residentBytes(around address: Address) -> ResidentBytes? { nil }

    /// An integer in the target's byte order (little endian on all supported machines), nil when not readable.
    public func load<Value: FixedWidthInteger & BitwiseCopyable>(_ address: Address, as type: Value.Type) -> Value? {
        var value: Value = 0
        let count = withUnsafeMutableBytes(of: &value) { read(address, into: $0) }
        return count == MemoryLayout<Value>.size ? Value(littleEndian: value) : nil
    }

    /// A pointer-sized value as an address, nil when not readable.
    public func loadAddress(_ address: Address) -> Address? {
        load(address, as: UInt64.self).map { Address($0) }
    }

    /// Exactly `count` bytes, nil when fewer are readable. The caller bounds `count`.
    public func bytes(_ address: Address, count: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, initialized in
            initialized = read(address, into: UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes.count == count ? bytes : nil
    }

    /// A NUL-terminated string of at most `limit` bytes, nil when it does not end within them.
    public func string(_ address: Address, limit: Int = 4096) -> String? {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            // Up to the next 64-byte border, so that a string at the end of a mapping is still read.
            let chunk = min(64 - Int((address.rawValue &+ UInt64(bytes.count)) & 63), limit - bytes.count)
            guard let part = self.bytes(address + UInt64(bytes.count), count: chunk) else { return nil }
            if let end = part.firstIndex(of: 0) {
                return String(decoding: bytes + part[..<end], as: UTF8.self)
            }
            bytes += part
        }
        return nil
    }
}

/// One line of `/proc/PID/maps`, or one segment of a core.
public struct Mapping: Hashable, Codable, Sendable {
    public struct Permissions: OptionSet, Hashable, Codable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let read = Permissions(rawValue: 1)
        public static let write = Permissions(rawValue: 2)
        public static let execute = Permissions(rawValue: 4)
        public static let shared = Permissions(rawValue: 8)
    }

    public var start: Address
    /// One past the last byte.
    public var end: Address
    /// As the process has them, not as the file has.
    public var permissions: Permissions
    /// Of `start`, in bytes into the file.
    public var fileOffset: UInt64
    /// 0 for an anonymous mapping.
    public var inode: UInt64
    /// As the kernel prints it without its " (deleted)" suffix: a path, "[stack]", "[vdso]", or empty.
    public var path: String
    /// The file had no name any more when the list was read.
    public var isDeleted: Bool

    public init(
        start: Address, end: Address, permissions: Permissions, fileOffset: UInt64 = 0, inode: UInt64 = 0,
        path: String = "", isDeleted: Bool = false
    ) {
        self.start = start
        self.end = end
        self.permissions = permissions
        self.fileOffset = fileOffset
        self.inode = inode
        self.path = path
        self.isDeleted = isDeleted
    }

    public func contains(_ address: Address) -> Bool { start <= address && address < end }
}

extension [Mapping] {
    /// The mapping that holds `address`. The array must be sorted by start and free of overlaps, as the kernel's is.
    public func mapping(holding address: Address) -> Mapping? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].end <= address { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].contains(address) ? self[low] : nil
    }
}
