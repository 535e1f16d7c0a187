import DeadwaitRuntime
import Foundation

/// The runtime libraries as `deadwait runtime --install` writes them, in the build folder.
public enum RuntimeLibrary {
    /// The folder that holds libdeadwait.so, libdeadwait-locks.so and deadwait.h. Written once a test run.
    public static let folder = Result {
        let folder = FixtureProgram.products.appendingPathComponent("runtime-\(RuntimeFiles.version)")
        try RuntimeFiles.install(into: folder.path)
        return folder
    }

    public static func path(locks: Bool = false) throws -> String {
        try folder.get().appendingPathComponent(locks ? "libdeadwait-locks.so" : "libdeadwait.so").path
    }

    /// The environment in which a program has the library loaded.
    public static func environment(locks: Bool = false, _ more: [String: String] = [:]) throws -> [String: String] {
        more.merging(["LD_PRELOAD": try path(locks: locks)]) { $1 }
    }

    /// Compiler flags for programs that read a registry or include deadwait.h.
    public static let includes = ["RegistryABI", "CDeadwait"].map {
        "-I\(FixtureProgram.repository.appendingPathComponent("Sources/\($0)/include").path)"
    }
}
