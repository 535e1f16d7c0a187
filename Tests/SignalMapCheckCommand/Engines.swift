import ArgumentParser
import SignalMapChecks
import TestSupport

struct Engines: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run real engines under the runtime and look for what the maps of their files do not explain.",
        discussion: """
            Each engine is loaded with the runtime and works for some seconds; every call that was seen to wait, to signal \
            or to create a thread must be in the maps, with the object and the start routine that it was seen with. Exit \
            status 1 if one is not, or if an engine could not be run.
            """)

    @Argument(help: "Engines: \(EngineWorkload.all.map(\.name).joined(separator: ", ")); all if none.")
    var names: [String] = []

    @Flag(help: "Also print each call that was seen.") var seen = false

    func validate() throws {
        for name in names where !EngineWorkload.all.contains(where: { $0.name == name }) {
            throw ValidationError("no engine is called \(name)")
        }
    }

    func run() throws {
        var reports: [EngineReport] = []
        var isWrong = false
        for engine in EngineWorkload.all where names.isEmpty || names.contains(engine.name) {
            do {
                let report = try EngineReport(engine, MappedFiles())
                reports.append(report)
                print(
                    "\(engine.name): ran \(Int(report.seconds.run)) s, maps and check \(Int(report.seconds.maps)) s,",
                    "\(report.check.misses.count) missing")
                if seen { print(lines: report.seen) }
            } catch {
                print("FAILED: \(engine.name): \(error)")
                isWrong = true
            }
        }
        print("Seen, of it explained by the maps:")
        print(lines: tableLines(EngineReport.explained(reports)))
        print("\nHow sure the maps are that the wait and the signal of a pair work on one object:")
        print(lines: tableLines(EngineReport.levels(reports)))
        print("\nNot judged:")
        print(lines: tableLines(EngineReport.notJudged(reports)))
        for report in reports {
            isWrong = isWrong || !report.check.misses.isEmpty
            print("\n\(report.name): \(report.check.misses.count) missing")
            print(lines: report.misses)
        }
        if isWrong { throw ExitCode(1) }
    }
}
