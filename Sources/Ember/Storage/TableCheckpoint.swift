/// What a checkpoint says of a table: the leaves in order, and where that list itself lies in the file.
struct TableCheckpoint: Equatable {
    struct Entry: Equatable {
        var low: [UInt8]
        /// nil for a leaf with nothing in it.
        var block: BlockAddress?
    }

    static let magic: UInt32 = 0x5849_4D45  // "EMIX"

    var entries: [Entry]
    var root: BlockAddress

    /// All blocks of it.
    var blocks: [BlockAddress] { [root] + entries.compactMap(\.block) }

    /// The list of leaves as bytes: `magic`, the table's id, the number of leaves; each is `low` after its length
    /// (`UInt16`), offset (`UInt64`), length and checksum (`UInt32`) and limit (`UInt64`) of its block, all zero without one.
    static func encode(_ entries: [Entry], table: UInt32) -> [UInt8] {
        var writer = ByteWriter(reserving: 12 + entries.reduce(0) { $0 + 26 + $1.low.count })
        writer.write(magic)
        writer.write(table)
        writer.write(UInt32(entries.count))
        for entry in entries {
            writer.write(entry.low, countedBy: UInt16.self)
            writer.write(entry.block?.offset ?? 0)
            writer.write(entry.block?.length ?? 0)
            writer.write(entry.block?.checksum ?? 0)
            writer.write(entry.block?.limit.position ?? 0)
        }
        return writer.bytes
    }

    /// nil when the bytes are no list of leaves of `table`, in order from the empty key on.
    static func decode(_ bytes: [UInt8], table: UInt32) -> [Entry]? {
        bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            guard reader.read() == magic, reader.read() == table, let count = reader.read(UInt32.self), count > 0,
                Int(count) <= reader.remaining / 26
            else { return nil }
            var entries: [Entry] = []
            entries.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard let low = reader.read(countedBy: UInt16.self), let offset = reader.read(UInt64.self),
                    let length = reader.read(UInt32.self), let sum = reader.read(UInt32.self),
                    let limit = reader.read(UInt64.self)
                else { return nil }
                if let last = entries.last { guard compare(last.low, low) < 0 else { return nil } }
                let block = BlockAddress(
                    offset: offset, length: length, checksum: sum, limit: LogSequenceNumber(limit))
                entries.append(Entry(low: low, block: length > 0 ? block : nil))
            }
            return reader.remaining == 0 && entries[0].low.isEmpty ? entries : nil
        }
    }
}
