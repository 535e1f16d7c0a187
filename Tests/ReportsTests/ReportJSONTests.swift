import Diagnosis
import Foundation
import ProcessModel
import Reports
import TestSupport
import Testing

@Suite struct ReportJSONTests {
    private func report(_ snapshot: Snapshot, isSaved: Bool = false) throws -> [String: Any] {
        var output = ByteWriter()
        ReportJSON(isSaved: isSaved).write(Assessment(of: snapshot), to: &output)
        return try #require(JSONSerialization.jsonObject(with: Data(output.bytes)) as? [String: Any])
    }

    @Test func hasTheMembersOfTheSchema() throws {
        var sketch = SnapshotSketch()
        sketch.mutex("g_a", at: 0x4c_0010, owner: 101)
        sketch.thread(101, "one", wait: .mutex(at: 0x4c_0010, owner: 101), functions: ["libc:lock", "f a.c:3"])
        let report = try report(sketch.snapshot)
        #expect(report["schema"] as? String == "deadwait.report/1")
        let process = try #require(report["process"] as? [String: Any])
        #expect(Set(process.keys).isSuperset(of: ["pid", "executable", "buildID", "source"]))
        #expect(process["source"] as? String == "live")
        let thread = try #require((report["threads"] as? [[String: Any]])?.first)
        #expect(
            Set(thread.keys).isSuperset(of: [
                "tid", "name", "role", "startRoutine", "verdict", "reason", "waitsOn", "frames",
            ]))
        #expect(thread["verdict"] as? String == "stuck")
        let waitsOn = try #require(thread["waitsOn"] as? [String: Any])
        #expect(Set(waitsOn.keys).isSuperset(of: ["kind", "address", "name", "since", "timeouts"]))
        #expect(waitsOn["address"] as? String == "0x4c0010")
        #expect(waitsOn["name"] as? String == "g_a")
        let frames = try #require(thread["frames"] as? [[String: Any]])
        #expect(frames.count == 2)
        #expect(Set(frames[1].keys) == ["pc", "function", "file", "line", "module", "inlined", "trust"])
        #expect(frames[1]["line"] as? Int == 3)
        let finding = try #require((report["findings"] as? [[String: Any]])?.first)
        #expect(
            Set(finding.keys).isSuperset(of: [
                "rule", "confidence", "threads", "object", "wouldRelease", "evidence", "assumptions", "summary",
            ]))
        #expect(finding["threads"] as? [Int] == [101])
        #expect(finding["object"] as? String == "0x4c0010")
        let releaser = try #require((finding["wouldRelease"] as? [[String: Any]])?.first)
        #expect(Set(releaser.keys).isSuperset(of: ["startRoutine", "status", "why"]))
        #expect(report["gaps"] as? [Any] != nil)
        let timing = try #require(report["timing"] as? [String: Any])
        #expect(Set(timing.keys).isSuperset(of: ["pauseMicroseconds", "totalMilliseconds"]))
        #expect(report["exitStatus"] as? Int == 1)
    }

    @Test func aSnapshotFromAFileSaysSo() throws {
        let process = try report(fullSnapshot(), isSaved: true)["process"] as? [String: Any]
        #expect(process?["source"] as? String == "snapshot")
    }

    @Test func isJSONWhateverTheTargetCallsItsThings() throws {
        let report = try report(fullSnapshot())
        let threads = try #require(report["threads"] as? [[String: Any]])
        #expect(threads[0]["name"] as? String == "name \"quoted\" \\ \u{1} \u{7F} \u{E9}\u{1F600}\n")
        #expect((report["gaps"] as? [Any])?.count == 6)
        var output = ByteWriter()
        StacksJSON().write(fullSnapshot(), to: &output)
        let stacks = try #require(JSONSerialization.jsonObject(with: Data(output.bytes)) as? [String: Any])
        #expect(stacks["schema"] as? String == "deadwait.stacks/1")
        #expect((stacks["threads"] as? [Any])?.count == 2)
    }

    @Test func threadsWithOneStackHaveEqualFrames() throws {
        var sketch = SnapshotSketch()
        for id in 1...3 as ClosedRange<Int32> { sketch.thread(id, functions: ["f a.c:1", "g a.c:2"]) }
        let threads = try #require(try report(sketch.snapshot)["threads"] as? [[String: Any]])
        let frames = threads.compactMap { $0["frames"] as? NSArray }
        #expect(frames.count == 3)
        #expect(frames.allSatisfy { $0 == frames[0] && $0.count == 2 })
    }
}
