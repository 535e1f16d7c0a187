import Glibc

/// The last checkpoint: up to where in the log, and where each table's list of leaves lies. A file of its own, replaced as
/// a whole.
struct Meta: Equatable {
    struct TableRoot: Equatable {
        var id: UInt32
        var name: String
        var root: BlockAddress
    }

    static let fileName = "meta"
    /// What is written before it becomes the meta file; without meaning when a store is opened.
    static let newFileName = "meta.new"
    static let magic: UInt32 = 0x544D_4D45  // "EMMT"
    static let version: UInt32 = 1
    static let sizeLimit = 64 << 20

    /// The store's number, which its log segments have, too.
    var store: UInt64
    /// Counts checkpoints from 1.
    var number: UInt64
    /// All that was committed up to here is in the tables, and nothing after it.
    var sequence: LogSequenceNumber
    var nextTable: UInt32
    var tables: [TableRoot]

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(store)
        writer.write(number)
        writer.write(sequence.position)
        writer.write(nextTable)
        writer.write(UInt32(tables.count))
        for table in tables {
            writer.write(table.id)
            writer.write(Array(table.name.utf8), countedBy: UInt16.self)
            writer.write(table.root.offset)
            writer.write(table.root.length)
            writer.write(table.root.checksum)
        }
        writer.writeChecksum()
        return writer.bytes
    }

    init(store: UInt64, number: UInt64, sequence: LogSequenceNumber, nextTable: UInt32, tables: [TableRoot]) {
        self.store = store
        self.number = number
        self.sequence = sequence
        self.nextTable = nextTable
        self.tables = tables
    }

    /// Throws `.corrupt` unless the bytes are those of a meta file, whole and unchanged.
    init(_ bytes: [UInt8]) throws(EmberError) {
        func corrupt(_ reason: String) -> EmberError { .corrupt(file: Self.fileName, offset: 0, reason: reason) }
        guard bytes.count >= 4, checksum(Array(bytes.dropLast(4))) == Self.lastWord(of: bytes) else {
            throw corrupt("its checksum is another")
        }
        let meta: Meta? = bytes.withUnsafeBytes { raw in
            var reader = ByteReader(.init(rebasing: raw.dropLast(4)))
            guard reader.read() == Self.magic, reader.read() == Self.version, let store = reader.read(UInt64.self),
                let number = reader.read(UInt64.self), let sequence = reader.read(UInt64.self),
                let nextTable = reader.read(UInt32.self), let count = reader.read(UInt32.self),
                Int(count) <= reader.remaining / 22
            else { return nil }
            var tables: [TableRoot] = []
            for _ in 0..<count {
                guard let table = Self.readTable(&reader) else { return nil }
                tables.append(table)
            }
            guard reader.remaining == 0 else { return nil }
            return Meta(
                store: store, number: number, sequence: LogSequenceNumber(sequence), nextTable: nextTable,
                tables: tables)
        }
        guard let meta else { throw corrupt("it is not of this version of Ember") }
        self = meta
    }

    private static func readTable(_ reader: inout ByteReader) -> TableRoot? {
        guard let id = reader.read(UInt32.self), let name = reader.read(countedBy: UInt16.self),
            let text = String(validating: name, as: UTF8.self), let offset = reader.read(UInt64.self),
            let length = reader.read(UInt32.self), let sum = reader.read(UInt32.self)
        else { return nil }
        return TableRoot(
            id: id, name: text, root: BlockAddress(offset: offset, length: length, checksum: sum, limit: .max))
    }

    private static func lastWord(of bytes: [UInt8]) -> UInt32? {
        bytes.withUnsafeBytes { raw in
            var reader = ByteReader(.init(rebasing: raw.suffix(4)))
            return reader.read(UInt32.self)
        }
    }

    /// Makes it the store's meta file, durably. An error before the rename leaves the file that was; one of a sync ends the
    /// store.
    func install(in folder: StoreFolder, _ state: StoreState) throws(EmberError) {
        try state.write { () throws(EmberError) in
            let file = try folder.file(Self.newFileName, options: O_CREAT | O_TRUNC)
            try file.write(bytes, at: 0, point: .metaWrite)
            try state.failing { () throws(EmberError) in try file.synchronize(point: .metaSync) }
            try folder.rename(Self.newFileName, to: Self.fileName)
            try state.failing { () throws(EmberError) in try folder.synchronize() }
        }
    }
}
