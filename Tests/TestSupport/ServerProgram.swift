import Foundation

/// A program of the system, a server for the most part, started in a temporary folder of its own. It and the processes
/// that it has started are killed, and the folder removed, when it is released.
public final class ServerProgram {
    public enum Failure: Error, CustomStringConvertible {
        case notFound(String)
        case notReady(command: [String], log: String)

        public var description: String {
            switch self {
            case .notFound(let name): "\(name) is not installed; the README names the packages that the tests need"
            case .notReady(let command, let log): "\(command.joined(separator: " ")) did not become ready:\n\(log)"
            }
        }
    }

    public let folder: URL
    private let process = Process()

    public var processIdentifier: Int32 { process.processIdentifier }

    /// A folder for the program's files, which everybody may write to.
    public static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
        return folder
    }

    /// Starts `command`, whose first word is a path, and waits until `isReady` says so, given what it wrote so far.
    public init(
        _ command: [String], folder: URL, environment: [String: String] = [:], timeout: TimeInterval = 60,
        isReady: (_ log: String) -> Bool
    ) throws {
        self.folder = folder
        let log = folder.appendingPathComponent("log")
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
        let deadline = Date(timeIntervalSinceNow: timeout)
        var written = ""
        while !isReady(written) {
            guard process.isRunning, Date() < deadline else { throw Failure.notReady(command: command, log: written) }
            usleep(50_000)
            written = try String(contentsOf: log, encoding: .utf8)
        }
    }

    /// The processes that it has started, and theirs.
    public var descendants: [Int32] {
        var found = [processIdentifier]
        var next = 0
        while next < found.count {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(found[next])/task")) ?? []
            for task in tasks {
                let path = "/proc/\(found[next])/task/\(task)/children"
                let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                found += text.split(separator: " ").compactMap { Int32($0) }
            }
            next += 1
        }
        return Array(found.dropFirst())
    }

    /// The first of `paths` that can be run.
    public static func find(_ paths: [String]) throws -> String {
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw Failure.notFound(paths.joined(separator: " or "))
        }
        return path
    }

    deinit {
        // Itself first: it might start others in place of those that end.
        for identifier in [processIdentifier] + descendants { kill(identifier, SIGKILL) }
        process.waitUntilExit()
        // Nothing depends on the folder any more; what cannot be removed stays in the temporary folder.
        try? FileManager.default.removeItem(at: folder)
    }
}
