import Conformance
import Testing

/// Other people's test suites, their quick part: test by test the same with and without the runtime. All of them, in
/// full: `swift run deadwait-conformance`.
@Suite(.serialized) struct SuiteTests {
    @Test(arguments: [PosixSuite.self, GlibSuite.self, PythonSuite.self] as [any ConformanceSuite.Type])
    func theQuickPartOfASuiteIsNotChangedByTheRuntime(suite: any ConformanceSuite.Type) throws {
        let scratch = try ScratchFolder()
        let cases = try suite.init().cases(quick: true)
        #expect(!cases.isEmpty)
        let comparison = try SuiteComparison.run(
            cases, environment: RuntimeMode.waits.environment(scratch: scratch), width: suite.canRunSideBySide ? 4 : 1)
        #expect(comparison.counts.values.reduce(0, +) > cases.count, "no single test was found in what the suite wrote")
        for difference in comparison.differences { Issue.record("\(suite.name): \(difference)") }
    }
}
