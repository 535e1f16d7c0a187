import Foundation
import TestSupport
import Testing

@testable import SeededPrograms

/// What `deadwait attach` says of the seeded programs by libc's fields and signal maps alone, without the runtime.
@Suite(.serialized) struct SignalVerdictTests {
    private struct Report: Decodable {
        struct Finding: Decodable {
            var rule: String
            var confidence: String
            var summary: String
        }
        struct Thread: Decodable {
            var tid: Int
            var name: String?
            var verdict: String
            var reason: String
        }
        var findings: [Finding]
        var threads: [Thread]

        /// Findings that say that somebody is stuck; who names the holder of a lock says that it may end.
        var claims: [Finding] {
            findings.filter { ["likely", "proved"].contains($0.confidence) && $0.rule != "holder-blocked" }
        }
    }

    private struct NoReport: Error, CustomStringConvertible {
        var description: String
    }

    private static func report(on program: SeededProgram, cache: String) throws -> Report {
        let variant = try #require(BuildVariant("gcc-O2-g"))
        let process = try ProgramProcess(BuiltProgram(program, variant).executable, [])
        try process.waitUntilReady(seconds: 60)
        // Its last threads may not have come to rest when it says so.
        usleep(300_000)
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: try DeadwaitTool.executable)
        tool.arguments = ["attach", "\(process.identifier)", "--format", "json", "--samples", "2", "--interval", "100"]
        tool.environment = ProcessInfo.processInfo.environment.merging(
            ["XDG_CACHE_HOME": cache, "DEBUGINFOD_URLS": ""]
        ) { $1 }
        let output = Pipe()
        tool.standardOutput = output
        tool.standardError = FileHandle.nullDevice
        try tool.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        tool.waitUntilExit()
        guard tool.terminationStatus <= 2 else {
            throw NoReport(description: "attach ended with status \(tool.terminationStatus)")
        }
        return try withExtendedLifetime(process) { try JSONDecoder().decode(Report.self, from: bytes) }
    }

    /// Nobody who is fine is called stuck, and of those that are stuck most are found.
    @Test func noneIsWronglyCalledStuck() throws {
        let programs = try SeededProgram.all().filter { $0.language != .swift }
        let cache = FileManager.default.temporaryDirectory.appendingPathComponent("verdicts-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: cache) }
        let reports = programs.inParallel { program in Result { try Self.report(on: program, cache: cache.path) } }
        var found = 0
        for (program, result) in zip(programs, reports) {
            let report: Report
            switch result {
            case .success(let made): report = made
            case .failure(let error):
                Issue.record("\(program.title): \(error)")
                continue
            }
            if program.truth.class == .healthy {
                #expect(report.claims.map(\.summary) == [], "\(program.title)")
                let stuck = report.threads.filter { ["stuck", "victim"].contains($0.verdict) }
                #expect(stuck.map(\.reason) == [], "\(program.title)")
                #expect(!report.findings.contains { $0.rule == "dead-wait" }, "\(program.title)")
            } else if !report.claims.isEmpty {
                found += 1
            }
            for truth in program.truth.threads where truth.count == 1...1 && truth.name != "main" {
                guard ![.stuck, .victim].contains(truth.verdict) else { continue }
                let said = report.threads.filter { $0.name == String(truth.name.prefix(15)) }
                for thread in said where ["stuck", "victim"].contains(thread.verdict) {
                    Issue.record("\(program.title): \(truth.name) is \(truth.verdict), not \(thread.reason)")
                }
            }
        }
        // 54 of 88 when this was written.
        #expect(found >= 45, "\(found) found")
    }
}
