import Conformance
import Foundation
import TestSupport

/// A core of the driver at the moment of its crash, in a folder that is removed when it is released.
///
/// Written by gdb: where the kernel would put one, and whether, is the machine's affair (core(5)).
public final class EngineCore {
    public enum Failure: Error, CustomStringConvertible {
        case noCrash(end: ProgramOutcome.End, output: String)

        public var description: String {
            switch self {
            case .noCrash(let end, let output):
                "WiredTiger does not crash under gdb, or gdb wrote no core; gdb \(end) and wrote:\n\(output)"
            }
        }
    }

    public let folder: URL
    public let path: String
    /// The program that it is of.
    public let executable: String

    public init(ofCrash build: EngineBuild = .debian, environment: [String: String] = [:]) throws {
        let found = try TroubleSearch(build, environment: environment).crashByLimit()
        folder = try ServerProgram.makeFolder()
        path = folder.appendingPathComponent("core").path
        executable = found.run.command[0]
        let table = folder.appendingPathComponent("table").path
        try FileManager.default.createDirectory(atPath: table, withIntermediateDirectories: true)
        let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
        var command = ["gdb", "-q", "-batch", "-nx"]
        // The variables are for the driver, not for gdb.
        if !variables.isEmpty { command += ["-ex", "set exec-wrapper env \(variables.joined(separator: " "))"] }
        command += ["-ex", "run", "-ex", "generate-core-file \(path)", "--args", executable]
        command += found.trouble.options + [table]
        // gdb waits for SIGCHLD, which the threads of a test run block.
        let outcome = try ProgramRun(command, directory: folder).outcome()
        guard outcome.end == .exited(0), FileManager.default.fileExists(atPath: path) else {
            throw Failure.noCrash(end: outcome.end, output: outcome.output + outcome.errors)
        }
    }

    deinit {
        // Nothing depends on the folder any more; what cannot be removed stays in the temporary folder.
        try? FileManager.default.removeItem(at: folder)
    }
}
