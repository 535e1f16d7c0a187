/// A leaf as it is on the disk: its committed versions.
///
/// `magic`, the table's id, the number of entries; an entry is the key after its length (`UInt16`), the number of versions
/// (`UInt32`) and these, the oldest first: sequence (`UInt64`), length of the value (`UInt32`, the greatest for a deletion),
/// value.
enum LeafPage {
    static let magic: UInt32 = 0x464C_4D45  // "EMLF"
    private static let deleted = UInt32.max

    /// The page, or nil when nothing in it is committed; the newest sequence in it; whether something was left out because
    /// it is not committed.
    static func encode(
        _ entries: [LeafEntry], table: UInt32
    ) -> (bytes: [UInt8]?, newest: LogSequenceNumber, isPartial: Bool) {
        var body = ByteWriter(reserving: entries.reduce(64) { $0 + $1.size })
        var count: UInt32 = 0
        var newest = LogSequenceNumber.zero
        var isPartial = false
        body.write(magic)
        body.write(table)
        let countAt = body.bytes.count
        body.write(count)
        for entry in entries {
            // A sequence may be set while we look: each is read once.
            let versions = entry.versions.map { (sequence: $0.sequence, value: $0.value) }
            let committed = versions.filter { $0.sequence > .zero }
            if committed.count < versions.count { isPartial = true }
            guard !committed.isEmpty else { continue }
            count += 1
            body.write(entry.key, countedBy: UInt16.self)
            body.write(UInt32(committed.count))
            for version in committed {
                newest = max(newest, version.sequence)
                body.write(version.sequence.position)
                if let value = version.value { body.write(value, countedBy: UInt32.self) } else { body.write(deleted) }
            }
        }
        guard count > 0 else { return (nil, .zero, isPartial) }
        body.overwrite(count, at: countAt)
        return (body.bytes, newest, isPartial)
    }

    /// The entries of a page without versions after `limit`; nil when it is no page of `table` or its keys are not in order
    /// from `low` on and before `high`.
    static func decode(
        _ bytes: [UInt8], table: UInt32, from low: [UInt8], upTo high: [UInt8]?, limit: LogSequenceNumber
    ) -> [LeafEntry]? {
        bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            // An entry has at least 18 bytes.
            guard reader.read() == magic, reader.read() == table, let count = reader.read(UInt32.self),
                Int(count) <= reader.remaining / 18
            else { return nil }
            var entries: [LeafEntry] = []
            entries.reserveCapacity(Int(count))
            var previous: [UInt8]?
            for _ in 0..<count {
                guard let entry = readEntry(&reader, limit: limit) else { return nil }
                let isInOrder = previous.map { compare($0, entry.key) < 0 } ?? (compare(low, entry.key) <= 0)
                guard isInOrder, high.map({ compare(entry.key, $0) < 0 }) ?? true else { return nil }
                previous = entry.key
                if !entry.versions.isEmpty { entries.append(entry) }
            }
            return reader.remaining == 0 ? entries : nil
        }
    }

    private static func readEntry(_ reader: inout ByteReader, limit: LogSequenceNumber) -> LeafEntry? {
        guard let key = reader.read(countedBy: UInt16.self), let count = reader.read(UInt32.self),
            Int(count) <= reader.remaining / 12
        else { return nil }
        var versions: [Version] = []
        versions.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let position = reader.read(UInt64.self), let length = reader.read(UInt32.self) else { return nil }
            var value: [UInt8]?
            if length != deleted {
                guard let bytes = reader.read(count: length) else { return nil }
                value = bytes
            }
            let sequence = LogSequenceNumber(position)
            if sequence <= limit { versions.append(Version(value, at: sequence)) }
        }
        return LeafEntry(key: key, versions: versions)
    }
}
