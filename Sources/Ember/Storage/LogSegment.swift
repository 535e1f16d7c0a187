/// A file of the log: a header, then records without gaps. Its name and header say which position its first record has.
struct LogSegment {
    static let magic: UInt32 = 0x474C_4D45  // "EMLG"
    static let version: UInt32 = 1
    /// Magic, version, the store's number, the position of the first record, reserved, checksum.
    static let headerSize = 32

    let start: UInt64

    var name: String {
        let digits = String(start, radix: 16)
        return "log-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    init(start: UInt64) { self.start = start }

    /// nil when the name is not a segment's.
    init?(name: String) {
        guard name.hasPrefix("log-"), name.utf8.count == 20, let start = UInt64(name.dropFirst(4), radix: 16) else {
            return nil
        }
        self.start = start
        guard self.name == name else { return nil }
    }

    func header(store: UInt64) -> [UInt8] {
        var writer = ByteWriter(reserving: Self.headerSize)
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(store)
        writer.write(start)
        writer.write(UInt32(0))
        writer.writeChecksum()
        return writer.bytes
    }

    /// The store's number, or nil when `bytes` do not begin with this segment's header.
    func store(ofHeader bytes: [UInt8]) -> UInt64? {
        guard bytes.count >= Self.headerSize else { return nil }
        return bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            guard reader.read() == Self.magic, reader.read() == Self.version, let store = reader.read(UInt64.self),
                reader.read() == start, reader.read() == UInt32(0),
                reader.read() == checksum(.init(rebasing: raw[..<(Self.headerSize - 4)]))
            else { return nil }
            return store
        }
    }

    /// Where in the file the record at `position` begins.
    func offset(of position: UInt64) -> UInt64 { position - start + UInt64(Self.headerSize) }
}
