import SeededPrograms
import Testing

@testable import SignalMapChecks

/// Programs held against a map that knows little and misses nothing, and against the same one with a hole.
@Suite struct ProgramCheckTests {
    /// A callback that is handed down, a thread that has exited, and code of a plug-in.
    private static let names = ["c/callback_handed_down", "c/drain_worker_exited_on_error", "c/plugin_signals"]

    private func checks(_ maker: CoarseMap.Maker, _ builds: [String] = ["gcc-O2-g"]) throws -> [ProgramCheck] {
        let selection = ProgramSelection(
            programs: try SeededProgram.all(named: Self.names), builds: builds.compactMap { BuildVariant($0) })
        let (checks, failures) = selection.checks(maker)
        #expect(failures.isEmpty)
        #expect(checks.count == Self.names.count * builds.count * ProgramKnowledge.allCases.count)
        for check in checks { #expect(check.failure == nil && check.releases.count == 1) }
        return checks
    }

    @Test func aRightMapHasEverySignaller() throws {
        let checks = try checks(CoarseMap.Maker(), ["gcc-O2-g", "clang-O0-g"])
        for release in checks.flatMap(\.releases) {
            #expect(release.unasked == nil && release.misses.isEmpty, "\(release)")
            #expect(release.outcomes.count == 1 && release.named.contains { $0.isTrue })
        }
        let table = ProgramTable(checks)
        #expect(table.misses(.debugInformation).isEmpty && table.misses(.stripped).isEmpty)
        let last = table.soundness.suffix(3)
        #expect(last.map { $0.suffix(4) } == Array(repeating: ["6", "6", "0", "100.0"], count: 3))
    }

    @Test func aSignalThatIsNotInTheMapIsAMiss() throws {
        // At -O0 nothing is inlined, and these two programs have one signal each.
        let checks = try checks(CoarseMap.Maker(without: ["index_built", "codec_run"]), ["gcc-O0-g"])
        let misses = ProgramTable(checks).misses(.debugInformation)
        #expect(misses.count == 2, "\(misses)")
        #expect(misses.contains { $0.contains("index_built does not come to a signal of any condition") })
    }

    @Test func aWaitThatIsNotInTheMapIsAMiss() throws {
        let checks = try checks(CoarseMap.Maker(without: ["main"]))
        let misses = ProgramTable(checks).misses(.debugInformation)
        #expect(misses.count == Self.names.count)
        for miss in misses { #expect(miss.contains("no wait where a thread waits")) }
    }

    @Test func anObjectThatIsTakenForAnotherIsAMiss() throws {
        let checks = try checks(CoarseMap.Maker(hasMatches: false))
        let misses = ProgramTable(checks).misses(.stripped)
        #expect(misses.count == Self.names.count)
        for miss in misses { #expect(miss.contains("does not come to a signal")) }
    }

    @Test func whatNoCodeEndsIsNotAskedFor() throws {
        let selection = ProgramSelection(
            programs: try SeededProgram.all(named: ["c/pipe_of_slow_child"]),
            builds: [BuildVariant("gcc-O0-g")].compactMap(\.self))
        let release = try #require(selection.checks(CoarseMap.Maker()).checks.first?.releases.first)
        #expect(release.unasked != nil && release.outcomes.isEmpty)
    }

    @Test func whereThreadsWaitIsKept() throws {
        let program = try #require(try SeededProgram.all(named: ["c/callback_handed_down"]).first)
        let built = try BuiltProgram(program, try #require(BuildVariant("gcc-O2-g")))
        let first = try WaitingStacks(of: built)
        #expect(try WaitingStacks(of: built) == first)
        let stack = try #require(first.stacks["index_state.built"]?.first)
        #expect(stack.allSatisfy { $0.module == "callback_handed_down" })
        let names = try FunctionNames(path: built.executable.path)
        #expect(stack.contains { names.isIn("main", $0.address - 1) })
        #expect(!names.parts(named: "index_built").isEmpty && names.parts(named: "index_lost").isEmpty)
    }
}
