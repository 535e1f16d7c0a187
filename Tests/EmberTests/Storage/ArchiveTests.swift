import Glibc
import Testing

@testable import Ember

/// The second place for log records.
@Suite struct ArchiveTests {
    private let folder = ScratchFolder()

    @Test func aFileHasTheRecordsOfAllSegments() throws {
        var options = tinyOptions()
        options.archive = folder.path.appending("archive")
        options.logSegmentBytes = 200
        let store = try Store(opening: folder.path, options)
        let table = try store.createTable("t")
        for index in 0..<30 { try store.change(table, ["k\(index)": "v"]) }
        store.close()
        let segments = try folder.names().compactMap(LogSegment.init(name:))
        #expect(segments.count > 3)
        let records = try segments.flatMap { try folder.bytes(of: $0.name).dropFirst(LogSegment.headerSize) }
        #expect(try folder.bytes(of: "archive") == records)
    }

    /// A pipe that nobody empties holds commits up, and nothing else; one that nobody reads from any more ends the store.
    @Test func aSlowPipeIsWaitedFor() throws {
        var options = tinyOptions()
        let path = folder.path.appending("pipe")
        #expect(mkfifo(path.string, 0o600) == 0)
        options.archive = path
        let reader = open(path.string, O_RDONLY | O_NONBLOCK)
        let store = try Store(opening: folder.path, options)
        let table = try store.createTable("t")
        let writer = try Running { [folder] in
            try store.change(table, ["big": String(repeating: "x", count: 200_000)])
            _ = folder
        }
        usleep(50_000)
        #expect(store.log.durable < store.log.appended)
        #expect(try table.get(key("big"), in: store.begin()) == nil)
        #expect(fcntl(reader, F_SETFL, 0) == 0)
        var bytes = [UInt8](repeating: 0, count: 4096)
        var total = 0
        while total < 200_000 { total += max(read(reader, &bytes, bytes.count), 0) }
        try writer.join()
        #expect(try table.get(key("big"), in: store.begin())?.count == 200_000)
        close(reader)
        let error = #expect(throws: EmberError.self) { try store.change(table, ["a": "b"]) }
        #expect(error?.code == EPIPE)
        #expect(throws: EmberError.self) { try store.begin() }
    }
}
