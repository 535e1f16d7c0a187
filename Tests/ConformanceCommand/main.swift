import Conformance
import Foundation

// Compares the test suites of Debian packages without and with the runtime:
//     swift run deadwait-conformance [--quick] [--mode waits|locks|relaunch|file] [SUITE...]
// Exit status: 0 all equal, 1 differences, 3 a suite could not be run, 64 usage.

var modes: [RuntimeMode] = []
var quick = false
var names: [String] = []
var arguments = CommandLine.arguments.dropFirst().makeIterator()
while let argument = arguments.next() {
    switch argument {
    case "--quick": quick = true
    case "--mode":
        guard let mode = arguments.next().flatMap(RuntimeMode.init(rawValue:)) else { usage() }
        modes.append(mode)
    default:
        guard conformanceSuites.contains(where: { $0.name == argument }) else { usage() }
        names.append(argument)
    }
}

func usage() -> Never {
    let list = conformanceSuites.map { "  \($0.name)  \($0.summary)" }.joined(separator: "\n")
    FileHandle.standardError.write(
        Data("usage: deadwait-conformance [--quick] [--mode waits|locks|relaunch|file] [SUITE...]\n\(list)\n".utf8))
    exit(64)
}

var status: Int32 = 0
do {
    for suite in conformanceSuites where names.isEmpty || names.contains(suite.name) {
        let cases = try suite.init().cases(quick: quick)
        for mode in modes.isEmpty ? [.waits, .locks] : modes {
            let scratch = try ScratchFolder()
            let comparison = try SuiteComparison.run(
                cases, environment: mode.environment(scratch: scratch), width: suite.canRunSideBySide ? 4 : 1)
            let counts = comparison.counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            print("\(suite.name), \(mode.rawValue): \(cases.count) commands; \(counts.joined(separator: ", "))")
            for difference in comparison.unsteady { print("  unsteady: \(difference)") }
            for difference in comparison.differences { print("  DIFFERS: \(difference)") }
            if !comparison.differences.isEmpty { status = 1 }
        }
    }
} catch {
    FileHandle.standardError.write(Data("deadwait-conformance: \(error)\n".utf8))
    status = 3
}
exit(status)
