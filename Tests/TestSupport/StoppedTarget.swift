import Foundation

/// A process that is held by SIGSTOP while several tools look at it, one after the other.
public struct StoppedTarget {
    public enum Failure: Error, CustomStringConvertible {
        case notStopped(Int32)
        case noCore(output: String)

        public var description: String {
            switch self {
            case .notStopped(let identifier): "process \(identifier) did not stop on SIGSTOP"
            case .noCore(let output): "gcore wrote no core:\n\(output)"
            }
        }
    }

    public let processIdentifier: Int32

    /// Stops the process and returns when all its threads are stopped.
    public init(_ processIdentifier: Int32) throws {
        self.processIdentifier = processIdentifier
        try hold()
    }

    /// Stops it again where a debugger has let it go.
    public func hold() throws {
        kill(processIdentifier, SIGSTOP)
        for _ in 0..<2000 {
            if Self.states(of: processIdentifier).allSatisfy({ $0 == "T" }) { return }
            usleep(5000)
        }
        throw Failure.notStopped(processIdentifier)
    }

    /// Lets it run.
    public func release() { kill(processIdentifier, SIGCONT) }

    /// The state letters of its threads.
    public static func states(of processIdentifier: Int32) -> [Character] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(processIdentifier)/task")) ?? []
        return tasks.compactMap { task in
            let path = "/proc/\(processIdentifier)/task/\(task)/stat"
            guard let text = try? String(contentsOfFile: path, encoding: .utf8), let end = text.lastIndex(of: ")")
            else { return nil }
            return text[end...].dropFirst(2).first
        }
    }

    /// Writes a core with gcore into `directory`; the caller removes it.
    public func core(in directory: URL) throws -> URL {
        try Self.core(of: processIdentifier, in: directory)
    }

    public static func core(of processIdentifier: Int32, in directory: URL) throws -> URL {
        let prefix = directory.appendingPathComponent("core")
        // A program that reserves terabytes of addresses would make gcore write that much.
        let limit = "--fsize=\(8 << 30)"
        let output = try run(["prlimit", limit, "gcore", "-o", prefix.path, String(processIdentifier)]).output
        let core = directory.appendingPathComponent("core.\(processIdentifier)")
        guard FileManager.default.fileExists(atPath: core.path) else { throw Failure.noCore(output: output) }
        return core
    }
}
