import Foundation
import TestSupport
import Testing

/// What a Swift program leaves in the registry, and that it runs the same without one.
@Suite struct InstrumentedProgramTests {
    static func program() throws -> FixtureProgram {
        let bundle = CommandLine.arguments.last { $0.hasSuffix(".xctest") }.map { URL(fileURLWithPath: $0) }
        let tests = bundle ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return FixtureProgram(
            built: tests.deletingLastPathComponent().appendingPathComponent("InstrumentedProgram"))
    }

    @Test func itRunsTheSameWithAndWithout() throws {
        let without = try Self.program().start(environment: ["SWIFT_BACKTRACE": "enable=no"])
        #expect(without.output.contains("ready loaded=false sum=5 busy=true"))
        let with = try RecordedProgram(try Self.program())
        #expect(with.output.contains("ready loaded=true sum=5 busy=true"))
    }

    @Test func theMutexHasItsOwnerAndItsWaiter() throws {
        let recorded = try RecordedProgram(try Self.program())
        let lines = try recorded.lines()
        let mutex = try recorded.address("rows")
        let owner = try #require(lines.of("thread", ["role": "flusher", "name": "flusher"]).first?["tid"])
        let object = try #require(lines.of("object", ["address": mutex]).first)
        #expect(object.has(["kind": "10", "owner": owner, "waiting": "1", "waits": "1", "name": "rows of the table"]))
        // The futex within it, at the same address, is neither shown in its place nor counted again.
        let reader = try #require(lines.of("thread", ["role": "reader"]).first?["tid"])
        let wait = try #require(lines.of("wait", ["tid": reader]).first)
        #expect(wait.has(["kind": "10", "flags": "0", "object": mutex, "stack": "1"]))
        let number = try #require(Int(reader))
        let call = try #require(lines.of("declaration", ["kind": "5"]).first)
        #expect(call.has(["text": "count the rows", "a": "0x\(String(number, radix: 16))"]))
    }

    @Test func declarationsOfAnObject() throws {
        let recorded = try RecordedProgram(try Self.program())
        let lines = try recorded.lines()
        let words = try #require(UInt64(try recorded.address("words").dropFirst(2), radix: 16))
        let about = lines.of("declaration", ["object": "0x\(String(words, radix: 16))"])
        #expect(about.of("declaration", ["kind": "1"]).map { $0["text"] } == ["flusher"])
        let predicate = try #require(about.of("declaration", ["kind": "2"]).first)
        #expect(predicate.has(["a": "0x\(String(words + 16, radix: 16))", "b": "0xff", "c": "0x5", "count": "8"]))
        let quorum = try #require(about.of("declaration", ["kind": "3"]).first)
        #expect(quorum.has(["a": "0x\(String(words + 24, radix: 16))", "b": "0x8", "count": "3", "text": "flusher"]))
        #expect(
            lines.of("declaration", ["kind": "4"]).map { "\($0["text"] ?? "") \($0["count"] ?? "")" } == ["flusher 3"])
        #expect(lines.of("wait", ["kind": "11", "flags": "3", "idle": "waits for the next request"]).count == 1)
        let object = try #require(lines.of("object", ["address": "0x\(String(words, radix: 16))"]).first)
        #expect(object.has(["kind": "11", "flags": "4", "signals": "1", "broadcasts": "1", "name": "flush done"]))
    }

    @Test func continuationsThatNobodyResumed() throws {
        let recorded = try RecordedProgram(try Self.program())
        let pending = try recorded.lines().of("pending")
        let kept = try #require(pending.of("pending", ["kind": "12", "text": "compaction done"]).first)
        let task = try #require(pending.of("pending", ["kind": "0", "text": "compaction"]).first)
        #expect(kept["dropped"] == "0")
        // The task that waits is the one that has the name.
        #expect(kept["context"] == task["context"] && kept["context"] != "0x0")
        let dropped = pending.of("pending", ["kind": "12", "dropped": "1"])
        #expect(dropped.count == 1)
        #expect(dropped.first?["text"]?.hasPrefix("InstrumentedProgram/main.swift:") == true)
        let works = pending.of("pending", ["kind": "0"]).compactMap { $0["text"] }
        #expect(works.sorted() == ["compaction", "write of page 1", "write of page 3"])
        #expect(pending.count == 5)
    }
}
