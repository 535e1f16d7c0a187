import Foundation
import TestSupport

/// A program that runs with the runtime library preloaded and its registry in a file; both are gone with the value.
final class RecordedProgram {
    let program: RunningProgram
    private let file: String

    init(_ program: FixtureProgram, _ arguments: [String] = [], locks: Bool = false) throws {
        file = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)").path
        let environment = try RuntimeLibrary.environment(
            locks: locks, ["DEADWAIT_REGISTRY": file, "SWIFT_BACKTRACE": "enable=no"])
        self.program = try program.start(arguments, environment: environment)
    }

    deinit { unlink(file) }

    /// Compiler flags for programs that include deadwait.h or the registry's layout. The installed header comes first:
    /// its folder is named by what it holds, so that a changed header makes another program.
    static func includes() throws -> [String] {
        ["-I\(try RuntimeLibrary.folder.get().path)"] + RuntimeLibrary.includes
    }

    /// What the program wrote up to `ready`.
    var output: String { program.output }

    /// What the program called `name` when it printed its addresses, as the reader prints addresses.
    func address(_ name: String) throws -> String { try RecordLine.value(of: name, in: output) }

    /// What the registry holds now, as Fixtures/programs/registry_print.c has it.
    func lines() throws -> [RecordLine] {
        let reader = try FixtureProgram(["registry_print.c"], flags: ["-O2"] + RecordedProgram.includes())
        let (status, output) = try run([reader.executable.path, file])
        guard status == 0 else {
            throw FixtureProgram.Failure.notReady(program: reader.executable.path, output: output)
        }
        return output.split(separator: "\n").map { RecordLine(String($0)) }
    }
}
