import Foundation
import TestSupport
import Testing

/// What went wrong before a thread came to where it is stuck, by the variables of its callers.
@Suite struct ErrorOnTheWayTests {
    private func program(_ flags: [String]) throws -> RunningProgram {
        let program = try FixtureProgram(["error_on_the_way.c"], flags: flags + ["-pthread"]).start()
        // It says so just before.
        usleep(100_000)
        return program
    }

    private func cause(_ arguments: [String]) throws -> [String] {
        struct Report: Decodable {
            struct Fact: Decodable { var fact: String }
            struct Finding: Decodable { var rule: String, cause: [Fact] }
            var findings: [Finding]
        }
        let (status, output) = try run([DeadwaitTool.executable] + arguments + ["--format", "json"])
        #expect(status == 1)
        let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
        #expect(report.findings.map(\.rule) == ["self-deadlock"])
        return report.findings[0].cause.map(\.fact)
    }

    @Test(arguments: ["-O0", "-O2"])
    func errorsOfItsCallersAreTold(level: String) throws {
        let program = try program(["-g", level])
        let facts = try cause(["attach", "\(program.processIdentifier)"])
        let outer = try #require(facts.first)
        #expect(outer.wholeMatch(of: #/ret is 12 \(ENOMEM\) in open_engine \(error_on_the_way\.c:\d+\)\./#) != nil)
        #expect(facts.count == 2 && facts.last?.hasPrefix("err is -31802 in drain") == true, "\(facts)")
        #expect(!facts.contains { $0.hasPrefix("other_ret") || $0.hasPrefix("count") }, "\(facts)")
    }

    @Test func aCoreAndASnapshotTellTheSame() throws {
        let program = try program(["-g", "-O0"])
        let file = NSTemporaryDirectory() + "error-\(UUID().uuidString)"
        let live = try cause(["attach", "\(program.processIdentifier)", "--save", file])
        let (status, _) = try run(["gcore", "-o", file + "-core", "\(program.processIdentifier)"])
        let core = "\(file)-core.\(program.processIdentifier)"
        defer {
            unlink(file)
            unlink(core)
        }
        #expect(status == 0 && live.count == 2)
        #expect(try cause(["core", core]) == live)
        #expect(try cause(["attach", file]) == live)
    }

    @Test func withoutDebugInformationNothingIsSaid() throws {
        let program = try program(["-O0"])
        #expect(try cause(["attach", "\(program.processIdentifier)"]).isEmpty)
    }
}
