import Foundation
import TestSupport
import Testing

/// What `deadwait attach` finds in programs that block themselves for good, and in healthy ones that look alike.
@Suite(.serialized) struct CycleTests {
    /// The rules that speak of threads that can never go on, with the number of threads in each finding.
    private func stuck(_ program: FixtureProgram, _ scenario: String) throws -> [String] {
        let running = try program.start([scenario])
        let command = [try DeadwaitTool.executable, "attach", String(running.processIdentifier), "--format", "json"]
        let (_, output) = try run(command)
        let report = try JSONDecoder().decode(ToolReport.self, from: Data(output.utf8))
        let findings = report.findings.filter { !$0.isTelling }
        // A holder that is asleep may be worth a look, and neither it nor who waits for it is stuck.
        if findings.isEmpty { #expect(!report.threads.contains { ["stuck", "victim"].contains($0.verdict) }) }
        return findings.map { "\($0.rule) \($0.threads.count)" }
    }

    @Test(arguments: [
        ("two-mutexes", "deadlock-cycle 2"), ("three-mutexes", "deadlock-cycle 3"), ("robust", "deadlock-cycle 2"),
        ("pi", "deadlock-cycle 2"), ("rwlock-mutex", "deadlock-cycle 2"), ("join-ring", "deadlock-cycle 3"),
        ("join-mutex", "deadlock-cycle 2"), ("self", "self-deadlock 1"),
    ])
    func aCycleOfLibcsLocksIsFound(_ scenario: String, _ finding: String) throws {
        #expect(try stuck(FixtureProgram(["cycles.c"]), scenario) == [finding])
    }

    @Test func aLockOfAThreadThatHasEndedIsFound() throws {
        let found = try stuck(FixtureProgram(["cycles.c"]), "orphan")
        #expect(found.count == 1 && found.first?.hasPrefix("orphaned-lock") == true)
    }

    @Test(arguments: [
        "two-mutexes-healthy", "three-mutexes-healthy", "pi-healthy", "rwlock-mutex-healthy", "join-ring-healthy",
        "self-healthy", "orphan-healthy", "chain", "chain-healthy",
    ])
    func nothingIsStuckWhereAHolderCanGoOn(_ scenario: String) throws {
        #expect(try stuck(FixtureProgram(["cycles.c"]), scenario).isEmpty)
    }

    @Test(arguments: [
        ("mutex-lock", "deadlock-cycle 2"), ("queues-2", "deadlock-cycle 2"), ("queues-3", "deadlock-cycle 3"),
        ("mutex-queue", "deadlock-cycle 2"),
    ])
    func aCycleOfSwiftsMutexAndOfQueuesIsFound(_ scenario: String, _ finding: String) throws {
        #expect(try stuck(swiftProgram(), scenario) == [finding])
    }

    @Test(arguments: ["mutex-lock-healthy", "queues-3-healthy", "mutex-queue-healthy"])
    func nothingIsStuckWhereASwiftHolderCanGoOn(_ scenario: String) throws {
        #expect(try stuck(swiftProgram(), scenario).isEmpty)
    }

    private func swiftProgram() throws -> FixtureProgram {
        try FixtureProgram(["cycles_swift.swift"], compiler: "swiftc", flags: ["-g", "-O"])
    }
}
