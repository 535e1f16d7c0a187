import ArgumentParser
import Foundation
import SeededPrograms
import TestSupport

struct Accept: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What does deadwait say of the programs, and is it so? Exit status 1 if anything is wrong.")

    @OptionGroup var selection: Selection
    @Option(help: "With commas: live, core, snapshot.") var inputs = "live,core,snapshot"
    @Option(help: "How many programs at a time.") var jobs = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "The programs run with the runtime library, which records locks, too.") var runtime = false
    @Option(help: "The tool; else the one that was built beside this program.") var tool: String?
    @Option(help: "Keep snapshots and reports in this folder.") var keep: String?

    func validate() throws {
        guard jobs > 0 else { throw ValidationError("--jobs is at least 1.") }
        _ = try chosenInputs()
    }

    private func chosenInputs() throws -> [AcceptanceRun.Input] {
        try inputs.split(separator: ",").map { name in
            guard let input = AcceptanceRun.Input(rawValue: String(name)) else {
                throw ValidationError("\(name) is no input: live, core, snapshot")
            }
            return input
        }
    }

    func run() throws {
        let inputs = try chosenInputs()
        var acceptance = AcceptanceRun(tool: try tool ?? DeadwaitTool.executable, inputs: inputs)
        acceptance.withRuntime = runtime
        acceptance.kept = keep.map { URL(fileURLWithPath: $0) }
        // Of its own, so that nothing rests on what another version of the tool has kept.
        let cache = FileManager.default.temporaryDirectory.appendingPathComponent("accept-cache-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: cache) }
        acceptance.cache = cache.path
        let start = Date()
        let matrix = ProgramMatrix(
            try SeededProgram.all(named: selection.names), try selection.chosen(BuildVariant.usual))
        for failure in matrix.failures { print("FAILED: \(failure)") }
        let results = matrix.built.inParallel(width: jobs) { [acceptance] in acceptance.run($0) }
        let table = AcceptanceTable(results, inputs: inputs)
        for line in table.remarks { print(line) }
        print()
        printTable(table.rows)
        print()
        printTable(table.sums)
        print(
            String(
                format: "%d builds in %.1f s; %d judgements are wrong", results.count, -start.timeIntervalSinceNow,
                table.wrong))
        if table.wrong > 0 || !matrix.failures.isEmpty { throw ExitCode(1) }
    }
}
