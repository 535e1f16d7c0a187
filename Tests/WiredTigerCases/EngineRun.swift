import Foundation
import TestSupport

/// One run of the driver, in a folder of its own. Killed, and its folder removed, when it is released.
public final class EngineRun {
    public enum End: Hashable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    public enum Failure: Error, CustomStringConvertible {
        case notReady(output: String)

        public var description: String {
            switch self {
            case .notReady(let output): "the driver of WiredTiger did not say that it is ready; it wrote:\n\(output)"
            }
        }
    }

    /// Holds the table, and what the driver writes.
    public let folder: URL
    /// The driver and its arguments.
    public let command: [String]
    private let process = Process()

    public var processIdentifier: Int32 { process.processIdentifier }

    /// Starts the driver. `activity` is what its first comment calls so: ["idle", "60"]; without one, `run`.
    public init(
        _ driver: FixtureProgram, _ trouble: EngineTrouble? = nil, activity: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        folder = try ServerProgram.makeFolder()
        let table = folder.appendingPathComponent("table")
        try FileManager.default.createDirectory(at: table, withIntermediateDirectories: true)
        command = [driver.executable.path] + (trouble?.options ?? []) + [table.path] + activity
        process.executableURL = driver.executable
        process.arguments = Array(command.dropFirst())
        // Where a core of it may fall.
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(folder.appendingPathComponent("output"))
        process.standardError = try Self.file(folder.appendingPathComponent("errors"))
        try process.run()
    }

    private static func file(_ place: URL) throws -> FileHandle {
        try Data().write(to: place)
        return try FileHandle(forWritingTo: place)
    }

    /// What the driver says: where it has come to.
    public var output: String { get throws { try text("output") } }

    /// What the engine says: its error messages.
    public var errors: String { get throws { try text("errors") } }

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }

    /// Waits for its end, so many seconds at most; nil when it has not ended.
    public func end(within seconds: TimeInterval) -> End? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while process.isRunning {
            guard Date() < deadline else { return nil }
            usleep(5_000)
        }
        let status = process.terminationStatus
        return process.terminationReason == .exit ? .exited(status) : .killed(signal: status)
    }

    /// Waits until the driver says that its activity has come to the state that it is named for.
    public func waitUntilReady(timeout: TimeInterval = 60) throws {
        let deadline = Date(timeIntervalSinceNow: timeout)
        while try !output.split(separator: "\n").contains("ready") {
            guard process.isRunning, Date() < deadline else { throw Failure.notReady(output: try output + errors) }
            usleep(10_000)
        }
    }

    /// Ends an idle or busy one early, as a server is told to.
    public func tellToEnd() { kill(processIdentifier, SIGTERM) }

    deinit {
        kill(processIdentifier, SIGKILL)
        let deadline = Date(timeIntervalSinceNow: 5)
        while process.isRunning, Date() < deadline { usleep(2_000) }
        // Nothing depends on the folder any more; what cannot be removed stays in the temporary folder.
        try? FileManager.default.removeItem(at: folder)
    }
}
