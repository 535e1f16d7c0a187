import ArgumentParser
import Glibc

/// Runs deadwait and the peers on the same targets in the same minutes, and holds the ratios against the bars.
@main
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadwait-benchmark",
        abstract: "Measures deadwait against gdb, eu-stack and lldb on targets that it builds itself.",
        discussion: """
            Times are medians of runs that alternate between the tools. Only the ratios mean something: the machine may be
            busy with other things. "pause" is the biggest gap in the clock readings of a thread of the target while the
            tool ran; a few milliseconds of it are the scheduler's.

            EXIT STATUS
              0 all bars that were measured are met   1 one is not   3 it could not be measured   64 wrong usage
            """)

    @Argument(help: "What to run; all when nothing is named. See --list.")
    var names: [String] = []

    @Option(help: "Runs of each tool; the slow ones of a large target run once.")
    var runs = 3

    @Option(help: "Where targets are built and cores are written.")
    var scratch = ".build/benchmark"

    @Option(help: "The deadwait to measure. By default the one beside this program, built if it is not there.")
    var deadwait: String?

    @Option(help: "Folder of the libdeadwait.so to measure. By default what deadwait writes.")
    var runtime: String?

    @Flag(help: "What can be run.")
    var list = false

    @Flag(help: "Count the instructions of a core's analysis and compare them with the kept ones; nothing is timed.")
    var callgrind = false

    @Flag(help: "With --callgrind: keep the new counts.")
    var accept = false

    func run() throws {
        if list {
            for scenario in Scenario.all { print(scenario.name.padded(to: 22), scenario.summary) }
            return
        }
        do {
            let tool = try Product.locate(deadwait)
            let met =
                callgrind
                ? try InstructionGuard(product: tool, scratch: scratch).run(accept: accept) : try measure(tool)
            if !met { throw ExitCode(1) }
        } catch let error as BenchmarkError {
            complain("deadwait-benchmark: \(error)\n")
            throw ExitCode(3)
        }
    }

    func validate() throws {
        guard (1...100).contains(runs) else { throw ValidationError("--runs is 1 to 100.") }
        let known = Scenario.all.map(\.name)
        for name in names where !known.contains(name) {
            throw ValidationError("\(name) is not one of \(known.joined(separator: ", ")).")
        }
        if accept && !callgrind { throw ValidationError("--accept goes with --callgrind.") }
    }

    private func measure(_ tool: Product) throws -> Bool {
        let bench = Bench(product: tool, targets: try Targets(scratch: scratch), runs: runs, runtime: runtime)
        var results = Results()
        for scenario in Scenario.all where names.isEmpty || names.contains(scenario.name) {
            print("\n\(scenario.name): \(scenario.summary)")
            results.merge(try scenario.run(bench))
            fflush(nil)
        }
        print("")
        return Bar.report(results)
    }
}

func complain(_ text: String) {
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
}
