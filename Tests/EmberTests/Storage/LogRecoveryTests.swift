import Testing

@testable import Ember

/// A log that was cut short or damaged: what was whole before is there, what was not is not.
@Suite struct LogRecoveryTests {
    /// A store that was not closed in order: its files, and what it held at each position of the log.
    private struct Left {
        let folder: ScratchFolder
        var states: [(end: UInt64, contents: Contents)] = []
        /// The last segment.
        var segment: LogSegment
        var bytes: [UInt8]

        /// Where the record that ends at `end` ends in the file.
        func offset(_ end: UInt64) -> Int { Int(segment.offset(of: end)) }

        /// What must be there when nothing from `offset` of the file on is whole.
        func contents(before offset: Int) -> Contents {
            states.last { self.offset($0.end) <= offset }?.contents ?? states[0].contents
        }
    }

    /// Commits of one to three keys, in one segment, after a checkpoint.
    private func leave(commits: Int, checkpointAfter: Int) throws -> Left {
        let folder = ScratchFolder()
        var options = tinyOptions()
        options.logSegmentBytes = 1 << 20
        let store = try Store(opening: folder.path, options)
        let table = try store.createTable("t")
        var contents: Contents = [:]
        var states: [(end: UInt64, contents: Contents)] = []
        for index in 0..<commits {
            let transaction = try store.begin()
            for part in 0...(index % 3) {
                let name = "k\((index + part * 2) % 7)"
                if (index + part) % 5 == 4 {
                    try table.delete(key(name), in: transaction)
                    contents[name] = nil
                } else {
                    try table.put(key(name), key("value \(index)"), in: transaction)
                    contents[name] = "value \(index)"
                }
            }
            states.append((try transaction.commit().position, contents))
            if index + 1 == checkpointAfter {
                try store.checkpoint()
                states = [states[index]]
            }
        }
        let copy = try folder.copy()
        let name = try #require(try copy.names().last { $0.hasPrefix("log-") })
        return Left(
            folder: copy, states: states, segment: try #require(LogSegment(name: name)), bytes: try copy.bytes(of: name)
        )
    }

    /// Opens the store with other bytes for the last segment, and commits something to see that it goes on.
    private func check(_ left: Left, _ bytes: [UInt8], expecting expected: Contents) throws {
        try left.folder.write(left.segment.name, bytes)
        var contents = expected
        for round in 0..<2 {
            let store = try Store(opening: left.folder.path, tinyOptions())
            #expect(try store.contents(of: "t") == contents)
            // The second time nothing may be left of what was cut off.
            #expect(round == 0 || store.recovery.bytesDropped == 0)
            let table = try #require(store.table(named: "t"))
            try store.change(table, ["k\(round)": "afterwards"])
            contents["k\(round)"] = "afterwards"
            store.close()
        }
    }

    @Test func aLogMayBeCutAnywhere() throws {
        let left = try leave(commits: 14, checkpointAfter: 3)
        for length in left.offset(left.states[0].end)...left.bytes.count {
            try check(left, Array(left.bytes[..<length]), expecting: left.contents(before: length))
            try left.folder.removeSegments(but: left.segment.name)
        }
    }

    @Test func noDamagedRecordIsBelieved() throws {
        let left = try leave(commits: 14, checkpointAfter: 3)
        var random = SeededRandom(1)
        for offset in left.offset(left.states[0].end)..<left.bytes.count {
            var bytes = left.bytes
            bytes[offset] ^= 1 << Int.random(in: 0..<8, using: &random)
            try check(left, bytes, expecting: left.contents(before: offset))
            try left.folder.removeSegments(but: left.segment.name)
        }
    }

    @Test func zerosAndRubbishAfterTheEndAreNoRecords() throws {
        let left = try leave(commits: 5, checkpointAfter: 1)
        var random = SeededRandom(2)
        let all = try #require(left.states.last?.contents)
        try check(left, left.bytes + [UInt8](repeating: 0, count: 300), expecting: all)
        try left.folder.removeSegments(but: left.segment.name)
        for _ in 0..<20 {
            let rubbish = (0..<100).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            try check(left, left.bytes + rubbish, expecting: all)
            try left.folder.removeSegments(but: left.segment.name)
        }
        // A record that is whole, but belongs elsewhere.
        let record = left.bytes[left.offset(left.states[0].end)..<left.offset(left.states[1].end)]
        try check(left, left.bytes + record, expecting: all)
    }

    /// What the checkpoint has is not read from the log any more.
    @Test func damageBeforeTheCheckpointDoesNotMatter() throws {
        let left = try leave(commits: 6, checkpointAfter: 5)
        var bytes = left.bytes
        for offset in LogSegment.headerSize..<left.offset(left.states[0].end) { bytes[offset] = 0 }
        try check(left, bytes, expecting: try #require(left.states.last?.contents))
    }

    /// A header is durable before the first record: one that is damaged later hides records that were acknowledged.
    @Test func aDamagedHeaderBeforeRecordsIsReported() throws {
        let left = try leave(commits: 3, checkpointAfter: 0)
        for offset in 0..<LogSegment.headerSize {
            var bytes = left.bytes
            bytes[offset] ^= 4
            try left.folder.write(left.segment.name, bytes)
            #expect(throws: EmberError.self) { try Store(opening: left.folder.path, tinyOptions()) }
        }
        try left.folder.write(left.segment.name, left.bytes)
        #expect(try Store(opening: left.folder.path).contents(of: "t") == left.states.last?.contents)
    }

    @Test func aSegmentThatWasJustBegunIsBegunAgain() throws {
        let left = try leave(commits: 3, checkpointAfter: 0)
        let end = try #require(left.states.last)
        let next = LogSegment(start: end.end)
        for length in 0..<LogSegment.headerSize {
            try left.folder.write(left.segment.name, left.bytes)
            try left.folder.write(next.name, Array(next.header(store: 1)[..<length]))
            #expect(try Store(opening: left.folder.path, tinyOptions()).contents(of: "t") == end.contents)
            try left.folder.removeSegments(but: left.segment.name)
        }
    }

    /// Segments are durable before the next is begun: damage in one is no accident of the last moment.
    @Test func damageBeforeAnotherSegmentIsReportedOrSalvaged() throws {
        let folder = ScratchFolder()
        var ends: [UInt64] = []
        var options = tinyOptions()
        options.logSegmentBytes = 300
        do {
            let store = try Store(opening: folder.path, options)
            let table = try store.createTable("t")
            for index in 0..<40 { ends.append(try store.put("k\(index)", "v\(index)", table)) }
            store.close()
        }
        let segments = try folder.names().compactMap(LogSegment.init(name:))
        try #require(segments.count > 3)
        var bytes = try folder.bytes(of: segments[1].name)
        bytes[bytes.count - 5] ^= 1
        try folder.write(segments[1].name, bytes)
        #expect(throws: EmberError.self) { try Store(opening: folder.path, options) }
        options.isSalvage = true
        let store = try Store(opening: folder.path, options)
        let lost = ends.firstIndex { $0 >= segments[2].start } ?? 0
        #expect(try store.contents(of: "t").count == lost)
        #expect(store.recovery.bytesDropped > 0)
        #expect(try folder.names().contains { $0.hasSuffix(".dropped") })
        store.close()
        #expect(try Store(opening: folder.path, tinyOptions()).contents(of: "t").count == lost)
    }

    @Test func aMissingSegmentIsReported() throws {
        let folder = ScratchFolder()
        do {
            let store = try Store(opening: folder.path, tinyOptions())
            let table = try store.createTable("t")
            for index in 0..<100 { _ = try store.put("k\(index)", "v\(index)", table) }
            try store.checkpoint()
            for index in 0..<100 { _ = try store.put("k\(index)", "w\(index)", table) }
            store.close()
        }
        let segments = try folder.names().filter { $0.hasPrefix("log-") }
        try #require(segments.count > 2)
        for name in segments.dropLast() {
            let copy = try folder.copy()
            try copy.remove(name)
            #expect(throws: EmberError.self, "\(name)") { try Store(opening: copy.path) }
        }
        let copy = try folder.copy()
        for name in segments { try copy.remove(name) }
        #expect(throws: EmberError.self) { try Store(opening: copy.path) }
    }
}

extension Store {
    fileprivate func put(_ name: String, _ value: String, _ table: Table) throws -> UInt64 {
        let transaction = try begin()
        try table.put(key(name), key(value), in: transaction)
        return try transaction.commit().position
    }
}

extension ScratchFolder {
    fileprivate func removeSegments(but name: String) throws {
        for other in try names() where other.hasPrefix("log-") && other != name { try remove(other) }
    }
}
