import Glibc
import Synchronization
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
        drain(reader)
        let before = store.log.appended
        let writer = try Running { [folder] in
            try store.change(table, ["big": String(repeating: "x", count: 200_000)])
            _ = folder
        }
        waitForBytes(in: reader)
        #expect(store.log.durable == before)
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

    /// Takes what was written so far.
    private func drain(_ reader: Int32) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        #expect(read(reader, &bytes, bytes.count) > 0)
    }

    /// Returns when somebody has begun to write more than a pipe holds.
    private func waitForBytes(in reader: Int32) {
        var descriptor = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        #expect(poll(&descriptor, 1, 60_000) == 1)
    }

    /// Who writes when the store is closed is done before somebody else can open it.
    @Test func closingWaitsForWhoWrites() throws {
        var options = tinyOptions()
        let path = folder.path.appending("pipe")
        #expect(mkfifo(path.string, 0o600) == 0)
        options.archive = path
        let reader = open(path.string, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let store = try Store(opening: folder.path, options)
        let table = try store.createTable("t")
        drain(reader)
        let isClosed = Atomic<Bool>(false)
        let writer = try Running { try store.change(table, ["big": String(repeating: "x", count: 200_000)]) }
        waitForBytes(in: reader)
        let closer = try Running {
            store.close()
            isClosed.store(true, ordering: .relaxed)
        }
        usleep(50_000)
        let isDone = isClosed.load(ordering: .relaxed)
        #expect(!isDone)
        #expect(throws: EmberError.self) { try Store(opening: folder.path, tinyOptions()) }
        #expect(fcntl(reader, F_SETFL, 0) == 0)
        var bytes = [UInt8](repeating: 0, count: 4096)
        var total = 0
        while total < 200_000 { total += max(read(reader, &bytes, bytes.count), 0) }
        try closer.join()
        // It was durable when the store was closed: it may be told or not.
        do { try writer.join() } catch let error as EmberError { #expect(error.code == ESHUTDOWN) }
        #expect(try Store(opening: folder.path, tinyOptions()).contents(of: "t").count == 1)
    }
}
