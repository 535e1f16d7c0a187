import Foundation
import TestSupport

/// One run of an engine under the runtime, in a folder of its own: what it starts is looked at while it runs. All
/// processes are killed, and the folder removed, when it is released.
public final class EngineSession {
    public enum Failure: Error, CustomStringConvertible {
        case ended(command: [String], status: Int32, log: String)
        case late(command: [String], log: String)

        public var description: String {
            switch self {
            case .ended(let command, let status, let log):
                "\(command.joined(separator: " ")) ended with status \(status):\n\(log)"
            case .late(let command, let log): "\(command.joined(separator: " ")) took too long:\n\(log)"
            }
        }
    }

    /// A started process that writes into a file.
    public final class Running {
        let command: [String]
        let process = Process()
        let log: URL

        /// Killed with whoever started it, however that one ends. `asNobody`: not as root, if that is who we are.
        init(_ command: [String], asNobody: Bool, folder: URL, environment: [String: String]) throws {
            let command =
                [try ServerProgram.find(["/usr/bin/setpriv"]), "--pdeathsig=KILL"]
                + (asNobody && getuid() == 0 ? ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] : []) + command
            self.command = command
            log = folder.appendingPathComponent("log-\(UUID().uuidString)")
            try Data().write(to: log)
            let handle = try FileHandle(forWritingTo: log)
            process.executableURL = URL(fileURLWithPath: command[0])
            process.arguments = Array(command.dropFirst())
            process.currentDirectoryURL = folder
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = handle
            process.standardError = handle
            try process.run()
        }

        var output: String {
            get throws { String(decoding: try Data(contentsOf: log), as: UTF8.self) }
        }
    }

    /// Everybody may write there.
    public let folder: URL
    private let observer: RegistryObserver
    private var started: [Running] = []
    private let environment: [String: String]

    /// Between two looks, microseconds.
    private static let interval: UInt32 = 10_000

    init(sharesObjects: Bool) throws {
        folder = try ServerProgram.makeFolder()
        let registries = folder.appendingPathComponent("registries")
        try FileManager.default.createDirectory(
            at: registries, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
        observer = RegistryObserver(folder: registries, sharesObjects: sharesObjects)
        // Small tables are read sooner.
        environment = try RuntimeLibrary.environment([
            "DEADWAIT_REGISTRY": registries.appendingPathComponent("registry").path,
            "DEADWAIT_OBJECTS": "2048", "DEADWAIT_THREADS": "256",
        ])
    }

    public func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Starts an engine with the runtime loaded, and looks at it until `isReady`, given what it wrote.
    public func start(
        _ command: [String], asNobody: Bool = false, timeout: Double = 60, isReady: (String) -> Bool
    ) throws -> Running {
        let running = try Running(command, asNobody: asNobody, folder: folder, environment: environment)
        started.append(running)
        let deadline = ContinuousClock.now + .seconds(timeout)
        while true {
            let output = try running.output
            if isReady(output) { return running }
            guard running.process.isRunning else {
                throw Failure.ended(command: command, status: running.process.terminationStatus, log: output)
            }
            guard ContinuousClock.now < deadline else { throw Failure.late(command: command, log: output) }
            try pause()
        }
    }

    /// Runs a client to its end, without the runtime, looking at the engine meanwhile. What it wrote.
    @discardableResult
    public func run(_ command: [String], asNobody: Bool = false, timeout: Double = 60) throws -> String {
        let running = try Running(command, asNobody: asNobody, folder: folder, environment: [:])
        started.append(running)
        return try finish(running, timeout: timeout)
    }

    /// Waits for the end of what was started.
    @discardableResult
    public func finish(_ running: Running, timeout: Double = 60) throws -> String {
        let deadline = ContinuousClock.now + .seconds(timeout)
        while running.process.isRunning {
            guard ContinuousClock.now < deadline else {
                throw Failure.late(command: running.command, log: try running.output)
            }
            try pause()
        }
        try observer.look()
        guard running.process.terminationStatus == 0 else {
            throw Failure.ended(
                command: running.command, status: running.process.terminationStatus, log: try running.output)
        }
        return try running.output
    }

    /// Tells an engine to end, and waits until it has.
    public func stop(_ running: Running, signal: Int32 = SIGTERM, timeout: Double = 60) throws {
        kill(running.process.processIdentifier, signal)
        try finish(running, timeout: timeout)
    }

    private func pause() throws {
        try observer.look()
        usleep(Self.interval)
    }

    var observation: EngineObservation { observer.observation }

    /// The processes below one that was started.
    private static func descendants(of process: Int32) -> [Int32] {
        var found = [process]
        var next = 0
        while next < found.count {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(found[next])/task")) ?? []
            for task in tasks {
                let path = "/proc/\(found[next])/task/\(task)/children"
                found += ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ")
                    .compactMap { Int32($0) }
            }
            next += 1
        }
        return found
    }

    deinit {
        for running in started where running.process.isRunning {
            for process in Self.descendants(of: running.process.processIdentifier) { kill(process, SIGKILL) }
            running.process.waitUntilExit()
        }
        // Nothing depends on the folder any more; what cannot be removed stays in the temporary folder.
        try? FileManager.default.removeItem(at: folder)
    }
}
