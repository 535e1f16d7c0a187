import Foundation
import TestSupport

/// What the tool says of a healthy program, look by look.
public struct HealthyLooks: Sendable {
    public struct Finding: Hashable, Sendable {
        public var rule: String
        public var confidence: String
        public var summary: String
        /// It claims that somebody is stuck.
        public var isClaim: Bool
    }

    public let name: String
    public let activity: HealthyCase.Activity
    /// Reports that came.
    public private(set) var reports = 0
    /// Threads of all reports by verdict.
    public private(set) var verdicts: [String: Int] = [:]
    /// Reasons of those that are unknown, with their number.
    public private(set) var unknown: [String: Int] = [:]
    public private(set) var statuses: [Int32: Int] = [:]
    /// With the number of reports that have them.
    public private(set) var findings: [Finding: Int] = [:]
    /// The longest stop of any thread, microseconds.
    public private(set) var longestStop: UInt64 = 0
    /// Of each report, seconds, the command's start and end included.
    public private(set) var seconds: [Double] = []
    /// What went wrong, as the tool wrote it.
    public private(set) var failures: [String] = []

    /// Those that claim more than that something looks so.
    public var wrong: [Finding] {
        findings.keys.filter(\.isClaim)
    }

    /// Takes `count` looks with the tool at each of the program's processes, `interval` microseconds apart.
    public init(_ healthy: HealthyCase, tool: String, count: Int, interval: UInt32 = 50_000) throws {
        name = healthy.name
        activity = healthy.activity
        let running = try healthy.start()
        for _ in 0..<count {
            for process in running.processes { look(process, tool) }
            usleep(interval)
        }
        withExtendedLifetime(running) {}
    }

    private mutating func look(_ process: Int32, _ tool: String) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("healthy-\(UUID().uuidString)").path
        defer { unlink(file) }
        let start = ContinuousClock.now
        do {
            let (status, output) = try run([tool, "attach", "\(process)", "--format", "json", "--output", file])
            seconds.append((ContinuousClock.now - start) / .seconds(1))
            statuses[status, default: 0] += 1
            guard let data = FileManager.default.contents(atPath: file), !data.isEmpty else {
                failures.append(output)
                return
            }
            let report = try JSONDecoder().decode(ToolReport.self, from: data)
            reports += 1
            for thread in report.threads {
                verdicts[thread.verdict, default: 0] += 1
                if thread.verdict == "unknown" { unknown[thread.reason, default: 0] += 1 }
            }
            for finding in report.findings {
                let found = Finding(
                    rule: finding.rule, confidence: finding.confidence, summary: finding.summary,
                    isClaim: finding.isSure && !finding.isTelling)
                findings[found, default: 0] += 1
            }
            longestStop = max(longestStop, report.timing?.pauseMicroseconds ?? 0)
        } catch {
            failures.append("\(error)")
        }
    }
}
