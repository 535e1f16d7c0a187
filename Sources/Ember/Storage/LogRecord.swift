/// What one record of the log says. A transaction is one record, so that it is there as a whole or not at all.
enum LogRecord: Equatable {
    /// The changes of a transaction, in any order, one a key.
    case commit([Change])
    case createTable(id: UInt32, name: String)

    struct Change: Equatable {
        var table: UInt32
        var key: [UInt8]
        /// nil where the key was deleted.
        var value: [UInt8]?
    }

    /// Bytes of a header: of the payload `UInt32`, checksum of the payload `UInt32`, the position of the record's start
    /// `UInt64`, kind `UInt32`, and the checksum of these twenty, `UInt32`.
    static let headerSize = 24
    /// No payload is longer.
    static let payloadLimit = 256 << 20

    private static let deleted = UInt32.max

    var kind: UInt8 {
        switch self {
        case .commit: 1
        case .createTable: 2
        }
    }

    /// Everything but the header. Throws `.invalid` when it is too long.
    func payload() throws(EmberError) -> [UInt8] {
        switch self {
        case .createTable(let id, let name):
            var writer = ByteWriter()
            writer.write(id)
            writer.write(Array(name.utf8), countedBy: UInt16.self)
            return writer.bytes
        case .commit(let changes):
            let size = changes.reduce(4) { $0 + 10 + $1.key.count + ($1.value?.count ?? 0) }
            guard size <= Self.payloadLimit else {
                throw .invalid(what: "transaction", reason: "\(size) bytes of changes are more than the log takes")
            }
            var writer = ByteWriter(reserving: size)
            writer.write(UInt32(changes.count))
            for change in changes {
                writer.write(change.table)
                writer.write(change.key, countedBy: UInt16.self)
                if let value = change.value {
                    writer.write(value, countedBy: UInt32.self)
                } else {
                    writer.write(Self.deleted)
                }
            }
            return writer.bytes
        }
    }

    /// The header of a record with `payload` whose first byte is at `position`.
    static func header(kind: UInt8, payload: Int, checksum: UInt32, at position: UInt64) -> [UInt8] {
        var writer = ByteWriter(reserving: headerSize)
        writer.write(UInt32(payload))
        writer.write(checksum)
        writer.write(position)
        writer.write(UInt32(kind))
        writer.writeChecksum()
        return writer.bytes
    }

    /// What the header of the record at `position` says, or nil when it is not whole.
    static func readHeader(_ bytes: [UInt8], at position: UInt64) -> (kind: UInt32, length: Int, checksum: UInt32)? {
        guard bytes.count >= headerSize else { return nil }
        return bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            guard let length = reader.read(UInt32.self), let sum = reader.read(UInt32.self), reader.read() == position,
                let kind = reader.read(UInt32.self),
                reader.read() == Ember.checksum(.init(rebasing: raw[..<(headerSize - 4)])), length <= payloadLimit
            else { return nil }
            return (kind, Int(length), sum)
        }
    }

    /// nil when the payload is none of this kind.
    init?(kind: UInt32, payload: [UInt8]) {
        let record: LogRecord? = payload.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            let record: LogRecord? =
                switch kind {
                case 1: Self.readCommit(&reader)
                case 2: Self.readCreateTable(&reader)
                default: nil
                }
            return reader.remaining == 0 ? record : nil
        }
        guard let record else { return nil }
        self = record
    }

    private static func readCreateTable(_ reader: inout ByteReader) -> LogRecord? {
        guard let id = reader.read(UInt32.self), let name = reader.read(countedBy: UInt16.self),
            let text = String(validating: name, as: UTF8.self)
        else { return nil }
        return .createTable(id: id, name: text)
    }

    private static func readCommit(_ reader: inout ByteReader) -> LogRecord? {
        // A change has at least ten bytes.
        guard let count = reader.read(UInt32.self), Int(count) <= reader.remaining / 10 else { return nil }
        var changes: [Change] = []
        changes.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let table = reader.read(UInt32.self), let key = reader.read(countedBy: UInt16.self),
                let length = reader.read(UInt32.self)
            else { return nil }
            if length == deleted {
                changes.append(Change(table: table, key: key, value: nil))
            } else {
                guard let value = reader.read(count: length) else { return nil }
                changes.append(Change(table: table, key: key, value: value))
            }
        }
        return .commit(changes)
    }
}
