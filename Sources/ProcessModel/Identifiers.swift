/// A virtual address of the process under diagnosis. It is never a pointer of ours.
public struct Address: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    public static func < (left: Address, right: Address) -> Bool { left.rawValue < right.rawValue }

    /// Wraps at 2^64, as addresses computed from hostile bytes may.
    public static func + (base: Address, offset: UInt64) -> Address { Address(base.rawValue &+ offset) }

    /// Wraps at zero, as addresses computed from hostile bytes may.
    public static func - (base: Address, offset: UInt64) -> Address { Address(base.rawValue &- offset) }

    /// The distance from `other` up to this address; wraps when `other` is above it.
    public func distance(above other: Address) -> UInt64 { rawValue &- other.rawValue }

    /// The address moved by a signed offset; wraps.
    public func advanced(by offset: Int64) -> Address { Address(rawValue &+ UInt64(bitPattern: offset)) }
}

extension Address: CustomStringConvertible {
    /// `0x` and lower-case digits, no padding: the form used in every report.
    public var description: String { "0x" + String(rawValue, radix: 16) }

    /// Parses the form that `description` prints. Nil for anything else, more than 16 digits included.
    public init?(_ text: some StringProtocol) {
        guard text.hasPrefix("0x"), text.utf8.count > 2, let value = UInt64(text.dropFirst(2), radix: 16) else {
            return nil
        }
        self.init(value)
    }
}

extension Address: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = Address(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an address such as 0x7f00")
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The kernel's id of one thread (an LWP), as `gettid(2)` returns it, in the namespace of the capture.
public struct ThreadID: RawRepresentable, Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    public static func < (left: ThreadID, right: ThreadID) -> Bool { left.rawValue < right.rawValue }
    public var description: String { String(rawValue) }
}

/// The kernel's id of a process (a thread group), as `getpid(2)` returns it.
public struct ProcessID: RawRepresentable, Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init(_ rawValue: Int32) { self.rawValue = rawValue }
    public static func < (left: ProcessID, right: ProcessID) -> Bool { left.rawValue < right.rawValue }
    public var description: String { String(rawValue) }
}

/// The GNU build id of an ELF object: the bytes of its `NT_GNU_BUILD_ID` note, 1 to 64 of them.
///
/// It is saved and printed as lower-case hexadecimal digits.
public struct BuildID: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// Nil when `bytes` is empty or longer than 64: no linker writes such an id.
    public init?(bytes: [UInt8]) {
        guard (1...64).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// Nil unless `text` is 1 to 64 pairs of hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        self.init(bytes: bytes)
    }

    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension BuildID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = BuildID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a build id")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A synchronization object is known by its address in the process under diagnosis.
public struct SyncObjectID: RawRepresentable, Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var rawValue: Address
    public init(rawValue: Address) { self.rawValue = rawValue }
    public init(_ address: Address) { self.rawValue = address }
    public static func < (left: SyncObjectID, right: SyncObjectID) -> Bool { left.rawValue < right.rawValue }
    public var description: String { rawValue.description }
}

extension SyncObjectID {
    /// Saved as its address alone.
    public init(from decoder: any Decoder) throws {
        self.init(try Address(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        try rawValue.encode(to: encoder)
    }
}
