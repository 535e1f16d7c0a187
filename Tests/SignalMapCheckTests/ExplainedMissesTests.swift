import SeededPrograms
import Testing

@testable import SignalMapChecks

/// Misses with reasons, held against what a map with holes misses.
@Suite struct ExplainedMissesTests {
    private static let line =
        "c/callback_handed_down | gcc-O0,gcc-O2 | index_state.built | index_built | a hole in the map"

    private func checks(without names: Set<String>) throws -> [ProgramCheck] {
        let selection = ProgramSelection(
            programs: try SeededProgram.all(named: ["c/callback_handed_down"]),
            builds: [BuildVariant("gcc-O0-g")].compactMap(\.self), knowledge: [.debugInformation, .stripped])
        return selection.checks(CoarseMap.Maker(without: names)).checks
    }

    @Test func aMissIsNewOrExplained() throws {
        let checks = try checks(without: ["index_built"])
        let new = try ExplainedMisses("# nothing\n\n").judge(checks)
        #expect(new.new.count == 1 && new.explained.isEmpty && new.stale.isEmpty && !new.isRight)
        let known = try ExplainedMisses(Self.line).judge(checks)
        #expect(known.new.isEmpty && known.stale.isEmpty && known.isRight)
        #expect(known.explained.map(\.reason) == ["a hole in the map"])
        #expect(known.explained.first?.misses.count == 1)
    }

    @Test func anotherFunctionOrBuildIsNotExplained() throws {
        let checks = try checks(without: ["index_built"])
        for line in [
            Self.line.replacing("index_built", with: "index_lost"), Self.line.replacing("gcc-O0,", with: ""),
            Self.line.replacing("index_state.built", with: "index_state.lost"),
        ] {
            #expect(try ExplainedMisses(line).judge(checks).new.count == 1, "\(line)")
        }
    }

    @Test func whatIsNotMissingIsStale() throws {
        let checks = try checks(without: [])
        let judgement = try ExplainedMisses(Self.line).judge(checks)
        // The other build was not looked at.
        #expect(judgement.stale == ["c/callback_handed_down (gcc-O0): index_state.built: index_built"])
        #expect(judgement.new.isEmpty && !judgement.isRight)
        #expect(try ExplainedMisses("").judge(checks).isRight)
    }

    @Test(arguments: ["a | b | c | d", "a | b | c | d | ", "a|b|c|d|e", "a | b | c | d | e | f"])
    func otherLinesAreErrors(_ line: String) {
        #expect(throws: ExplainedMisses.Failure.self) { try ExplainedMisses("# list\n" + line) }
    }

    @Test func nothingIsExplainedTwice() {
        #expect(throws: ExplainedMisses.Failure.self) { try ExplainedMisses(Self.line + "\n" + Self.line) }
    }

    /// Of programs, builds and objects that there are.
    @Test func theListOfTheRepositoryFits() throws {
        let programs = try SeededProgram.all(named: [])
        for entry in try ExplainedMisses.read().reasons.keys {
            let program = try #require(programs.first { $0.title == entry.program }, "\(entry)")
            let build = try #require(BuildVariant(entry.build + "-g"), "\(entry)")
            #expect(build.applies(to: program.language), "\(entry)")
            let release = try #require(program.truth.releases.first { $0.object == entry.object }, "\(entry)")
            #expect(release.candidates.contains { $0.function == entry.function }, "\(entry)")
        }
    }
}
