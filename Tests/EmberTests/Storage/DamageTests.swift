import Testing

@testable import Ember

/// Files whose bytes have changed: an error, or all as it was; never another value, a trap or a wait.
@Suite struct DamageTests {
    private func leave() throws -> (folder: ScratchFolder, contents: Contents) {
        let folder = ScratchFolder()
        let store = try Store(opening: folder.path, tinyOptions())
        let table = try store.createTable("t")
        var contents: Contents = [:]
        for index in 0..<40 { contents["key \(index)"] = "value \(index)" }
        try store.change(table, contents)
        try store.checkpoint()
        store.close()
        return (folder, contents)
    }

    /// nil when the store says that something is wrong.
    private func read(_ folder: ScratchFolder) -> Contents? {
        do {
            let store = try Store(opening: folder.path, tinyOptions())
            return try store.contents(of: "t")
        } catch {
            #expect(error is EmberError)
            return nil
        }
    }

    @Test func aChangedMetaFileIsNotBelieved() throws {
        let (folder, contents) = try leave()
        let bytes = try folder.bytes(of: Meta.fileName)
        for offset in bytes.indices {
            var changed = bytes
            changed[offset] ^= 1 << UInt8(offset % 8)
            try folder.write(Meta.fileName, changed)
            #expect(read(folder) == nil)
            try folder.write(Meta.fileName, Array(bytes[..<offset]))
            #expect(read(folder) == nil)
        }
        try folder.write(Meta.fileName, bytes)
        try folder.write(Meta.newFileName, Array(bytes.dropLast(7)))
        #expect(read(folder) == contents)
        #expect(try !folder.names().contains(Meta.newFileName))
    }

    @Test func aChangedPageIsNotBelieved() throws {
        let (folder, contents) = try leave()
        let bytes = try folder.bytes(of: "table-1")
        var errors = 0
        for offset in stride(from: 0, to: bytes.count, by: 13) {
            var changed = bytes
            changed[offset] ^= 0x10
            try folder.write("table-1", changed)
            let found = read(folder)
            #expect(found == nil || found == contents)
            if found == nil { errors += 1 }
        }
        #expect(errors > 50)
        for length in stride(from: 0, to: bytes.count, by: 512) {
            try folder.write("table-1", Array(bytes[..<length]))
            #expect(read(folder) == nil)
        }
        try folder.remove("table-1")
        #expect(read(folder) == nil)
    }

    /// Pages and lists whose checksum is right, but which nobody has written.
    @Test func rubbishIsNoPage() {
        var random = SeededRandom(5)
        let page = LeafPage.encode(
            (0..<5).map { LeafEntry(key: key("k\($0)"), versions: [Version(key("v"), at: .init(UInt64($0) + 1))]) },
            table: 3)
        let bytes = page.bytes ?? []
        let list = TableCheckpoint.encode(
            [.init(low: [], block: nil), .init(low: key("b"), block: nil)], table: 3)
        #expect(LeafPage.decode(bytes, table: 3, from: [], upTo: nil, limit: .max)?.count == 5)
        #expect(LeafPage.decode(bytes, table: 3, from: [], upTo: nil, limit: .init(2))?.count == 2)
        #expect(LeafPage.decode(bytes, table: 4, from: [], upTo: nil, limit: .max) == nil)
        #expect(LeafPage.decode(bytes, table: 3, from: key("k1"), upTo: nil, limit: .max) == nil)
        #expect(LeafPage.decode(bytes, table: 3, from: [], upTo: key("k4"), limit: .max) == nil)
        #expect(TableCheckpoint.decode(list, table: 3)?.count == 2)
        for round in 0..<5000 {
            var changed = round % 2 == 0 ? bytes : list
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: changed.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            if round % 3 == 0 { changed.removeLast(Int.random(in: 0..<changed.count, using: &random)) }
            // They need only come back.
            _ = LeafPage.decode(changed, table: 3, from: [], upTo: nil, limit: .max)
            _ = TableCheckpoint.decode(changed, table: 3)
            for kind: UInt32 in 0..<3 { _ = LogRecord(kind: kind, payload: changed) }
        }
    }

    /// Laid out by hand, from the description of the format.
    @Test func aLogRecordIsLaidOutAsDescribed() throws {
        let record = LogRecord.commit([
            .init(table: 7, key: key("ab"), value: key("xyz")), .init(table: 8, key: [], value: nil),
        ])
        let payload: [UInt8] = [
            2, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0x61, 0x62, 3, 0, 0, 0, 0x78, 0x79, 0x7A, 8, 0, 0, 0, 0, 0, 255, 255, 255,
            255,
        ]
        #expect(try record.payload() == payload)
        #expect(LogRecord(kind: 1, payload: payload) == record)
        let header = LogRecord.header(kind: 1, payload: payload.count, checksum: 0x0403_0201, at: 258)
        #expect(header[..<20] == [29, 0, 0, 0, 1, 2, 3, 4, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
        #expect(LogRecord.readHeader(header, at: 259) == nil)
        #expect(LogRecord.readHeader(header, at: 258)?.length == 29)
        // The check value of CRC-32 as its catalogues give it.
        #expect(checksum(key("123456789")) == 0xCBF4_3926)
    }
}
