import Conformance
import Foundation
import TestSupport
import Testing

/// The scenarios of Fixtures/programs/conformance: each does the same and writes the same with and without the runtime.
@Suite(.serialized) struct ScenarioTests {
    static let plain = PlainScenarios()

    @Test func everyScenarioHoldsWithoutTheRuntime() throws {
        let outcomes = try Self.plain.outcomes()
        #expect(outcomes.count > 50)
        for (name, outcome) in outcomes {
            #expect(outcome.end == .exited(0), "\(name) \(outcome.end)\n\(outcome.output)\(outcome.errors)")
            #expect(outcome.output.hasSuffix("end \(name)\n"), "\(name) did not come to its end\n\(outcome.output)")
        }
    }

    @Test(arguments: RuntimeMode.allCases)
    func noScenarioIsChangedByTheRuntime(mode: RuntimeMode) throws {
        let scratch = try ScratchFolder()
        let environment = try mode.environment(scratch: scratch)
        let program = try Self.plain.program()
        for (name, expected) in try Self.plain.outcomes() {
            let outcome = try ProgramRun(
                [program.executable.path, name], environment: environment, timeout: 40
            ).outcome()
            #expect(
                outcome == expected,
                """
                \(name) \(outcome.end) instead of \(expected.end); it wrote
                \(outcome.output)\(outcome.errors)instead of
                \(expected.output)\(expected.errors)
                """)
        }
    }
}

/// The scenarios as they are without the runtime, run once.
final class PlainScenarios: Sendable {
    private let built: Result<FixtureProgram, any Error>
    private let found: Result<[(name: String, outcome: ProgramOutcome)], any Error>

    init() {
        built = Result { try Self.build() }
        found = built.flatMap { program in Result { try Self.run(program) } }
    }

    func program() throws -> FixtureProgram { try built.get() }
    func outcomes() throws -> [(name: String, outcome: ProgramOutcome)] { try found.get() }

    static func build(_ more: [String] = []) throws -> FixtureProgram {
        let folder = FixtureProgram.sources.appendingPathComponent("conformance").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "conformance/\($0)" }
        let program = try FixtureProgram(
            files.filter { $0.hasSuffix(".c") }, headers: files.filter { $0.hasSuffix(".h") },
            // Clean-ups of cancelled frames need -fexceptions.
            flags: ["-g", "-O2", "-pthread", "-fexceptions", "-ldl", "-lrt"] + more)
        // The library that some scenarios load, found by the program's own name.
        let library = try FixtureProgram(
            ["conformance/library/work.c"], flags: ["-g", "-O2", "-pthread", "-shared", "-fPIC"])
        let place = program.executable.path + ".so"
        guard symlink(library.executable.path, place) == 0 || errno == EEXIST else {
            throw ProgramRun.Failure.system(operation: "link", subject: place, errno: errno)
        }
        return program
    }

    private static func run(_ program: FixtureProgram) throws -> [(name: String, outcome: ProgramOutcome)] {
        let names = try ProgramRun([program.executable.path]).outcome().output.split(separator: "\n").map(String.init)
        return try names.sorted().map { ($0, try ProgramRun([program.executable.path, $0], timeout: 40).outcome()) }
    }
}
