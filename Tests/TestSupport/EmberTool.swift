import Foundation

/// The built `ember`, the one beside the running tests.
public enum EmberTool {
    public enum Failure: Error, CustomStringConvertible {
        case missing(String)

        public var description: String {
            switch self {
            case .missing(let path): "\(path) is not there; build it with: swift build --product ember"
            }
        }
    }

    public static var executable: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("ember").path
            guard FileManager.default.isExecutableFile(atPath: path) else { throw Failure.missing(path) }
            return path
        }
    }

    /// Starts `ember` and waits until it says that it is ready; it leaves no core behind. With `recorded` the runtime
    /// library is loaded.
    public static func start(
        _ arguments: [String], recorded: Bool = false, environment: [String: String] = [:]
    ) throws -> RunningProgram {
        var environment = environment
        // Swift's own report of a crash takes seconds and is for people.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        var command = ["--core=0"]
        if recorded { command += ["env", "LD_PRELOAD=\(try RuntimeLibrary.path())"] }
        return try FixtureProgram(built: URL(fileURLWithPath: "/usr/bin/prlimit"))
            .start(command + [try executable] + arguments, environment: environment)
    }
}
