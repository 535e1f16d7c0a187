import Foundation
import TestSupport

/// A program that runs with the runtime and writes thread dumps into a file.
final class DumpedProgram {
    static let flags = ["-std=gnu11", "-g", "-O2", "-pthread", "-Wall", "-Wextra", "-Werror"]

    let running: RunningProgram
    let dumpFile: URL

    /// Starts `source` of Fixtures/programs/runtime. `redirection` is the shell's, for standard error: its `FILE` is
    /// replaced by the path of the dump file.
    init(
        _ source: String, _ arguments: [String], locks: Bool = false, environment: [String: String] = [:],
        redirection: String? = nil
    ) throws {
        let program = try FixtureProgram(["runtime/\(source)"], flags: Self.flags)
        dumpFile = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)")
        var environment = try RuntimeLibrary.environment(locks: locks, environment)
        guard let redirection else {
            if environment["DEADWAIT_DUMP"] == nil { environment["DEADWAIT_DUMP"] = dumpFile.path }
            running = try program.start(arguments, environment: environment)
            return
        }
        let command = "exec \"$0\" \"$@\" \(redirection.replacingOccurrences(of: "FILE", with: dumpFile.path))"
        running = try FixtureProgram(built: URL(fileURLWithPath: "/bin/sh")).start(
            ["-c", command, program.executable.path] + arguments, environment: environment)
    }

    deinit { unlink(dumpFile.path) }

    var processIdentifier: Int32 { running.processIdentifier }

    func send(_ signal: Int32) { kill(processIdentifier, signal) }

    /// What has been dumped so far, bytes that are no UTF-8 replaced.
    var dumped: String { (try? Data(contentsOf: dumpFile)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// Asks for one more dump and waits until it is there; what the file holds after that, nil if it did not come.
    func dump(_ signal: Int32 = SIGQUIT, within seconds: TimeInterval = 20) -> String? {
        let before = dumped.dumpEnds
        send(signal)
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            let text = dumped
            if text.dumpEnds > before { return text }
            usleep(5000)
        }
        return nil
    }

    /// Whether it still runs.
    var isRunning: Bool { running.process.isRunning }
}

extension String {
    var dumpStarts: Int { components(separatedBy: "\ndeadwait: thread dump of process ").count - 1 }
    var dumpEnds: Int { components(separatedBy: "\ndeadwait: end of the thread dump\n").count - 1 }

    /// The lines of a dump about the thread of that name, as it is printed.
    func section(of thread: String) -> String {
        components(separatedBy: "\n\n").first { $0.hasPrefix("\"\(thread)\" tid=") } ?? ""
    }

    /// The lines under a heading of a dump.
    func section(under heading: String) -> String {
        components(separatedBy: "\n\n").first { $0.hasPrefix(heading) } ?? ""
    }
}
