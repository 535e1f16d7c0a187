import ArgumentParser
import Foundation
import RealPrograms
import TestSupport

/// Looks at real programs in which nothing is wrong, and shows what the tool says of them.
struct DeadwaitHealthy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadwait-healthy",
        abstract: "Look at healthy servers, idle and under load: exit status 1 if a finding is more than suspected.")

    @Argument(help: "Programs, such as redis; all if none.")
    var names: [String] = []

    @Option(help: "Looks at each process of each program.")
    var snapshots = 20

    @Option(help: "The tool; a release build makes maps in time.")
    var tool = FixtureProgram.repository.appendingPathComponent(".build/release/deadwait").path

    func run() throws {
        let known = Set(HealthyCase.all.map(\.name))
        for name in names where !known.contains(name) {
            throw ValidationError("There is no \(name): \(known.sorted().joined(separator: ", ")).")
        }
        var isWrong = false
        var rows = [
            [
                "program", "", "reports", "proved, likely", "delay", "suspected", "status 0, 1, 2", "stuck, victim",
                "idle", "waiting", "outside", "running", "unknown", "longest stop, us", "median s",
            ]
        ]
        var notes: [String] = []
        for healthy in HealthyCase.all where names.isEmpty || names.contains(healthy.name) {
            FileHandle.standardError.write(Data("\(healthy.name), \(healthy.activity) …\n".utf8))
            let looks = try HealthyLooks(healthy, tool: tool, count: snapshots)
            rows.append(row(looks))
            isWrong = isWrong || !looks.wrong.isEmpty || looks.reports == 0
            let title = "\(looks.name), \(looks.activity)"
            for (finding, count) in looks.findings.sorted(by: { $0.value > $1.value }) {
                notes.append("\(title): \(count) times \(finding.rule) (\(finding.confidence)): \(finding.summary)")
            }
            for (reason, count) in looks.unknown { notes.append("\(title): \(count) times unknown: \(reason)") }
            for failure in looks.failures { notes.append("\(title): no report: \(failure)") }
        }
        print(tableLines(rows).joined(separator: "\n"))
        if !notes.isEmpty { print("\n" + notes.joined(separator: "\n")) }
        if isWrong { throw ExitCode.failure }
    }

    private func row(_ looks: HealthyLooks) -> [String] {
        func count(where isCounted: (HealthyLooks.Finding) -> Bool) -> String {
            String(looks.findings.reduce(0) { isCounted($1.key) ? $0 + $1.value : $0 })
        }
        func verdict(_ names: String...) -> String { String(names.reduce(0) { $0 + (looks.verdicts[$1] ?? 0) }) }
        let seconds = looks.seconds.sorted()
        let median = seconds.isEmpty ? 0 : seconds[seconds.count / 2]
        return [
            looks.name, looks.activity.rawValue, String(looks.reports),
            count(where: \.isClaim),
            count { !$0.isClaim && ["likely", "proved"].contains($0.confidence) },
            count { $0.confidence == "suspected" },
            [0, 1, 2].map { String(looks.statuses[$0] ?? 0) }.joined(separator: ", "), verdict("stuck", "victim"),
            verdict("idle"), verdict("waiting"), verdict("outside"), verdict("running"), verdict("unknown"),
            String(looks.longestStop), String(format: "%.2f", median),
        ]
    }
}

DeadwaitHealthy.main()
