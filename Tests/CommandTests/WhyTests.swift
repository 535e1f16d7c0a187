import Foundation
import TestSupport
import Testing

/// One thread explained: who would have come, on which way, and why nobody does.
@Suite struct WhyTests {
    private struct Explanation: Decodable {
        struct Step: Decodable, Equatable {
            var function: String
            var creation: Bool
        }
        struct Way: Decodable {
            var walker: String
            var threads: [Int32]?
            var startRoutine: String?
            var trust: String
            var obstacle: String?
            var steps: [Step]
        }
        struct Candidate: Decodable {
            var function: String
            var does: String
            var sure: Bool
            var ways: [Way]
            var withoutWay: [Int32]
        }
        struct Finding: Decodable { var rule: String }
        struct Link: Decodable { var tid, owner: Int32 }
        struct Thread: Decodable { var tid: Int32, verdict: String }
        var schema: String
        var thread: Thread
        var findings: [Finding]
        var chain: [Link]
        var candidates: [Candidate]
        var silence: String?
        var exitStatus: Int
    }

    private func why(_ thread: Int32, _ arguments: [String]) throws -> Explanation {
        let (_, output) = try run(
            [DeadwaitTool.executable, "why", "\(thread)"] + arguments + ["--format", "json"])
        return try JSONDecoder().decode(Explanation.self, from: Data(output.utf8))
    }

    private func seeded(_ name: String) throws -> RunningProgram {
        try FixtureProgram(
            ["seeded/c/\(name).c"], headers: ["seeded/c/protocol.h"], flags: ["-g", "-O2", "-pthread", "-std=gnu11"]
        ).start()
    }

    private func threads(named name: String, of process: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").compactMap(Int32.init).filter {
            try String(contentsOfFile: "/proc/\(process)/task/\($0)/comm", encoding: .utf8) == name + "\n"
        }
    }

    @Test func workersThatWereNeverCreatedAreWhoShouldHaveCome() throws {
        let program = try seeded("flush_workers_never_created")
        let main = program.processIdentifier
        let file = NSTemporaryDirectory() + "why-\(UUID().uuidString)"
        defer { unlink(file) }
        // What was saved is explained as what runs.
        for arguments in [["\(main)", "--save", file], [file]] {
            let found = try why(main, arguments)
            #expect(found.schema == "deadwait.why/1" && found.exitStatus == 1)
            #expect(found.findings.map(\.rule) == ["dead-wait"] && found.chain.isEmpty && found.silence == nil)
            let sure = found.candidates.filter(\.sure)
            let worker = try #require(
                sure.flatMap(\.ways).first { $0.walker == "start-routine" && $0.startRoutine == "async_worker" })
            #expect(worker.obstacle?.contains("no live thread runs it") == true)
            #expect(worker.obstacle?.contains("such threads are created in ") == true)
            // Nobody but the waiter and those who do not exist comes to a place that is known to be one.
            let servers = try threads(named: "evict", of: main) + threads(named: "sweep", of: main)
            #expect(servers.count == 2)
            for candidate in sure { #expect(Set(servers).isSubset(of: candidate.withoutWay), "\(candidate.function)") }
        }
        // Of one that is fine it says who wakes it, and how that one comes there.
        let evict = try #require(try threads(named: "evict", of: main).first)
        let sweep = try #require(try threads(named: "sweep", of: main).first)
        let idle = try why(evict, [file])
        #expect(idle.findings.isEmpty)
        // This one's time is up again and again, and each time it does something else.
        let free = try why(sweep, [file])
        #expect(free.findings.isEmpty && free.thread.verdict == "idle", "\(free.thread)")
        #expect(
            idle.candidates.contains { candidate in
                candidate.does != "writes"
                    && candidate.ways.contains { $0.threads == [sweep] && $0.obstacle == nil }
            })
    }

    @Test func ownersAreFollowedToTheLast() throws {
        let program = try seeded("lock_order_checkpoint_evict")
        let threads = try FileManager.default.contentsOfDirectory(
            atPath: "/proc/\(program.processIdentifier)/task"
        ).compactMap(Int32.init)
        let found = try threads.map { try why($0, ["\(program.processIdentifier)"]) }
        let members = found.filter { $0.findings.map(\.rule) == ["deadlock-cycle"] && $0.chain.count == 2 }
        #expect(members.count == 2)
        for member in members { #expect(member.chain.last?.owner == member.thread.tid) }
    }

    @Test func withoutMapsItSaysWhatIsMissing() throws {
        let program = try seeded("flush_workers_never_created")
        let found = try why(program.processIdentifier, ["\(program.processIdentifier)", "--no-map"])
        #expect(found.candidates.isEmpty && found.silence?.contains("without maps") == true)
    }

    @Test func aThreadIsEnoughToNameItsProcess() throws {
        let program = try seeded("flush_workers_never_created")
        let evict = try #require(try threads(named: "evict", of: program.processIdentifier).first)
        #expect(try why(evict, []).thread.tid == evict)
        let (status, output) = try run([DeadwaitTool.executable, "why", "1", "\(program.processIdentifier)"])
        #expect(status == 3 && output.contains("has no thread 1"), "\(output)")
    }
}
