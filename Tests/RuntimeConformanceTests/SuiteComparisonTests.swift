import Conformance
import TestSupport
import Testing

/// What is taken for a library's doing, and what for a test's own unsteadiness.
struct SuiteComparisonTests {
    /// A comparison of one test that a line of shell is. `$LOADED` is "yes" with the library; `$run` counts all runs from
    /// 1: those without and those with it alternate.
    private func comparison(of script: String) throws -> SuiteComparison {
        let scratch = try ScratchFolder()
        let counter = scratch.url.appendingPathComponent("runs").path
        let count = "echo >> \(counter); run=$(wc -l < \(counter))\n"
        let one = SuiteCase("one", ["sh", "-c", count + script], timeout: 20) { outcome in ["test": outcome.output] }
        return try withExtendedLifetime(scratch) {
            try SuiteComparison.run([one], environment: ["LOADED": "yes"], width: 1)
        }
    }

    @Test func whatAlwaysFailsWithTheLibraryDiffers() throws {
        let found = try comparison(of: #"[ -z "$LOADED" ] && echo ok"#)
        #expect(found.differences.map(\.test) == ["(one)", "test"] && found.unsteady.isEmpty)
    }

    @Test func whatFailsInEachSecondRunWithTheLibraryDiffers() throws {
        let found = try comparison(of: #"[ -n "$LOADED" ] && [ $((run / 2 % 2)) = 1 ] && echo bad || echo ok"#)
        #expect(found.differences.map(\.test) == ["test"])
    }

    /// It fails in three runs, the first two of which are with the library: the second, the fourth and the seventh.
    @Test func whatFailsWithoutTheLibraryTooIsUnsteady() throws {
        let found = try comparison(of: "case $run in 2 | 4 | 7) echo bad ;; *) echo ok ;; esac")
        #expect(found.differences.isEmpty && found.unsteady.map(\.test) == ["test"])
    }

    @Test func whatIsTheSameIsNeitherDifferentNorUnsteady() throws {
        let found = try comparison(of: "echo ok")
        #expect(found.differences.isEmpty && found.unsteady.isEmpty && found.counts == ["ok\n": 1, "exited with 0": 1])
    }

    /// It says something else each time: nothing that it says with the library is seen ten times.
    @Test func whatIsUnsteadyByItselfIsNoDifference() throws {
        let found = try comparison(of: "date +%s%N")
        #expect(found.differences.isEmpty && found.unsteady.map(\.test) == ["test"])
    }
}
