import Foundation
import ProcessModel
import Reports
import TestSupport
import Testing

/// The command as a user runs it: the built program, its output and its exit status.
@Suite struct CommandTests {
    private struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    private func deadwait(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try DeadwaitTool.executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let problems = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: problems, as: UTF8.self))
    }

    /// A program that has a lock-order cycle by seeded bug, or the same without the bug.
    private func cycles(_ variant: String) throws -> RunningProgram {
        try FixtureProgram(["cycles.c"]).start([variant])
    }

    @Test func helpTellsANewcomerWhatToDoFirst() throws {
        let help = try deadwait("--help")
        #expect(help.status == 0)
        for word in ["deadwait demo", "attach PID", "core FILE", "stacks PID", "EXIT STATUS"] {
            #expect(help.output.contains(word), "\(word)")
        }
    }

    @Test func wrongUsageIs64AndNoSuchProcessIs3() throws {
        #expect(try deadwait("stacks").status == 64)
        #expect(try deadwait("attach", "1", "--stop-all", "--no-stop").status == 64)
        let missing = try deadwait("attach", "4194304")
        #expect(missing.status == 3)
        #expect(missing.errors.contains("no process 4194304"))
        #expect(try deadwait("core", "/nonexistent/core").status == 3)
    }

    @Test func aSavedSnapshotGivesTheSameReport() throws {
        let program = try cycles("two-mutexes")
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("deadwait-\(program.processIdentifier).json").path
        defer { unlink(file) }
        let live = try deadwait("attach", "\(program.processIdentifier)", "--save", file)
        #expect(live.status == 1)
        let loaded = try SnapshotFile.load(from: file)
        #expect(try SnapshotFile.decode(SnapshotFile.encode(loaded)) == loaded)
        #expect(loaded.process.id == ProcessID(program.processIdentifier))
        let saved = try deadwait("attach", file)
        #expect(saved.status == 1)
        #expect(saved.output == live.output)
        #expect(try deadwait("stacks", file, "--no-group").output.contains("pthread_mutex_lock"))
    }

    @Test func twoLooksAtADeadlockShowThatNobodyHasRun() throws {
        let program = try cycles("two-mutexes")
        let pid = "\(program.processIdentifier)"
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(pid)-first.json").path
        defer { unlink(file) }
        #expect(try deadwait("stacks", pid, "--save", file).status == 0)
        let text = try deadwait("diff", file, pid, "--width", "300")
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.contains("threads in both snapshots, none of which stands elsewhere; "), "\(text.output)")
        #expect(text.output.contains("Did not run at all: "), "\(text.output)")
        #expect(!text.output.contains("Moved: ") && !text.output.contains("Cannot tell"), "\(text.output)")
        let json = try deadwait("diff", file, pid, "--format", "json")
        #expect(json.output.contains("\"schema\": \"deadwait.diff/1\""), "\(json.output)")
        #expect(json.output.contains("\"movement\": \"unmoved\""), "\(json.output)")
        let other = try cycles("two-mutexes")
        let refused = try deadwait("diff", file, "\(other.processIdentifier)")
        #expect(refused.status == 3 && refused.errors.contains("the first is of process \(pid)"), "\(refused.errors)")
    }

    @Test func colourIsForTerminalsAndOnRequestOnly() throws {
        let program = try cycles("two-mutexes")
        let pid = "\(program.processIdentifier)"
        #expect(try !deadwait("stacks", pid).output.contains("\u{1B}["))
        #expect(try deadwait("stacks", pid, "--color", "always").output.contains("\u{1B}["))
        #expect(
            try !deadwait("stacks", pid, "--color", "auto", environment: ["NO_COLOR": "1"]).output.contains("\u{1B}["))
    }

    @Test func linesStayWithinTheWidth() throws {
        let program = try cycles("two-mutexes")
        let report = try deadwait("attach", "\(program.processIdentifier)", "--stacks", "--width", "60")
        #expect(report.output.split(separator: "\n").allSatisfy { $0.count <= 60 })
    }
}
