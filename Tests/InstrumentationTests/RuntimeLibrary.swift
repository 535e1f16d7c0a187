import Foundation
import TestSupport

/// The runtime library as built from this repository's sources, and what a program that it was loaded into recorded.
enum RuntimeLibrary {
    /// Include paths of what a program includes, and of what the runtime itself does.
    static let header = FixtureProgram.repository.appendingPathComponent("Sources/CDeadwait/include").path
    static let abi = FixtureProgram.repository.appendingPathComponent("Sources/RegistryABI/include").path

    /// Built once for all tests of this bundle.
    static let built: Result<String, any Error> = Result {
        let folder = FixtureProgram.repository.appendingPathComponent("Sources/DeadwaitRuntime/runtime")
        let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "c" }.map(\.path).sorted()
        let folderOfProducts = FixtureProgram.products.appendingPathComponent("instrumentation-\(getpid())")
        try FileManager.default.createDirectory(at: folderOfProducts, withIntermediateDirectories: true)
        let path = folderOfProducts.appendingPathComponent("libdeadwait.so").path
        let command =
            ["gcc", "-std=gnu11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-ftls-model=initial-exec"]
            + ["-fasynchronous-unwind-tables", "-I\(header)", "-I\(abi)", "-I\(folder.path)"] + sources
            + ["-o", path, "-lpthread"]
        let (status, output) = try run(command)
        guard status == 0 else { throw FixtureProgram.Failure.build(command: command, output: output) }
        atexit { RuntimeLibrary.removeProducts() }
        return path
    }

    private static func removeProducts() {
        try? FileManager.default.removeItem(
            at: FixtureProgram.products.appendingPathComponent("instrumentation-\(getpid())"))
    }

    /// Starts a program with the library preloaded and its registry in a file; both are gone with the value.
    static func start(_ program: FixtureProgram, _ arguments: [String] = []) throws -> Recorded {
        let library = try built.get()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)").path
        let environment = ["LD_PRELOAD": library, "DEADWAIT_REGISTRY": file, "SWIFT_BACKTRACE": "enable=no"]
        return Recorded(program: try program.start(arguments, environment: environment), file: file)
    }
}

/// A program that runs with the library.
final class Recorded {
    let program: RunningProgram
    private let file: String

    init(program: RunningProgram, file: String) {
        self.program = program
        self.file = file
    }

    deinit { unlink(file) }

    /// What the program called `name` when it printed its addresses, as the reader prints addresses.
    func address(_ name: String) throws -> String { try RecordLine.value(of: name, in: program.output) }

    /// What the registry holds now, as Fixtures/programs/registry_print.c has it.
    func lines() throws -> [RecordLine] {
        let reader = try FixtureProgram(["registry_print.c"], flags: ["-O2", "-I\(RuntimeLibrary.abi)"])
        let (status, output) = try run([reader.executable.path, file])
        guard status == 0 else {
            throw FixtureProgram.Failure.notReady(program: reader.executable.path, output: output)
        }
        return output.split(separator: "\n").map { RecordLine(String($0)) }
    }
}
