import Foundation
import ProcessModel
import TestSupport
import Testing

/// The mechanics of `deadwait demo`, with a small program in the engine's place.
@Suite(.serialized) final class DemoTests {
    private let engine: FixtureProgram
    /// TMPDIR of the demos: what they leave is seen here.
    private let folder: URL

    init() throws {
        engine = try FixtureProgram(["small_engine.c"], flags: ["-g", "-O1", "-pthread"] + RuntimeLibrary.includes)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("demo-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { _ = try? FileManager.default.removeItem(at: folder) }

    /// A demo that runs.
    private final class RunningDemo {
        let process = Process()
        private let (output, errors) = (Pipe(), Pipe())

        init(_ arguments: [String], folder: URL, engine: FixtureProgram?) throws {
            process.executableURL = URL(fileURLWithPath: try DeadwaitTool.executable)
            process.arguments = ["demo"] + (engine.map { ["--program", $0.executable.path] } ?? []) + arguments
            process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path]) { $1 }
            process.standardOutput = output
            process.standardError = errors
            try process.run()
        }

        func finish() -> (status: Int32, output: String, errors: String) {
            let text = output.fileHandleForReading.readDataToEndOfFile()
            let problems = errors.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (
                process.terminationStatus, String(decoding: text, as: UTF8.self),
                String(decoding: problems, as: UTF8.self)
            )
        }
    }

    private func demo(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
        try RunningDemo(arguments, folder: folder, engine: engine).finish()
    }

    private func isEmpty() throws -> Bool { try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty }

    /// The processes that a demo in our folder has started: their folder stands in their arguments.
    private func leftProcesses() -> [Int32] {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        return ids.filter { id in
            let line = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(id)/cmdline"))
            return line.map { String(decoding: $0, as: UTF8.self).contains(folder.lastPathComponent) } ?? false
        }
    }

    @Test func theScenariosAreListed() throws {
        let list = try demo("--list")
        #expect(list.status == 0)
        #expect(list.output.split(separator: "\n").contains { $0.hasPrefix("never-created  hang ") })
        #expect(try isEmpty())
    }

    @Test func anUnknownScenarioIsWrongUsage() throws {
        let result = try demo("nonsense")
        #expect(result.status == 64 && result.errors.contains("demo --list"))
        #expect(try isEmpty())
    }

    @Test func whatIsNotBuiltIsSaidWithTheCommandThatBuildsIt() throws {
        // Beside a copy of the tool there is no engine.
        let copy = folder.appendingPathComponent("deadwait")
        try copyProgram(try DeadwaitTool.executable, to: copy.path)
        let (status, output) = try run([copy.path, "demo"])
        #expect(status == 3 && output.contains("swift build") && output.contains("--product ember"), "\(output)")
    }

    @Test func theStoryComesFirstAndNothingIsLeft() throws {
        let result = try demo("never-created")
        #expect(result.output.contains("scenario never-created"))
        #expect(result.output.contains("  Open has failed, so the engine is closed, which flushes.\n"))
        #expect(try isEmpty())
        #expect(leftProcesses().isEmpty)
    }

    @Test func aCrashIsLookedAtWhereItStands() throws {
        let result = try demo("null-pointer")
        #expect(result.output.contains("signal 11 (SIGSEGV) at address 0x0"), "\(result)")
        #expect(result.output.contains("CRASHED: thread") && result.output.contains("main (small_engine.c:"))
        #expect(result.status == 1)
        #expect(try isEmpty())
        #expect(leftProcesses().isEmpty)
    }

    @Test func itIsTheChildThatIsLookedAtWhereTheEngineSaysSo() throws {
        let result = try demo("in-child", "--format", "json")
        let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let threads = report?["threads"] as? [[String: Any]]
        #expect(threads?.count == 2, "\(result)")
        #expect(leftProcesses().isEmpty)
    }

    @Test func anEngineThatEndsTooEarlyIsNoResult() throws {
        let refused = try demo("refuses")
        #expect(refused.status == 3 && refused.errors.contains("the disk is on fire"))
        let short = try demo("short")
        #expect(short.status == 3 && short.errors.contains("ended with status 0"))
        #expect(try isEmpty())
    }

    /// Declared in C, seen in a real process.
    @Test(arguments: [
        ("never-created", "1. dead-wait (suspected)"), ("all-ended", "1. dead-wait (likely)"),
        ("some-created", "1. quorum-short (likely)"), ("lost-wakeup", "1. lost-wakeup (suspected)"),
        ("slow-callback", "NOTHING STUCK"),
    ])
    func whatTheEngineDeclaresIsJudged(scenario: String, words: String) throws {
        let result = try demo(scenario)
        #expect(result.output.contains(words), "\(result)")
        #expect(result.status == (scenario == "slow-callback" ? 0 : 1))
    }

    @Test func whatNeverRestsIsLookedAtAsItRuns() throws {
        let result = try demo("busy")
        #expect(result.output.contains("It keeps moving"))
        #expect(result.output.contains("running") && result.status == 0, "\(result)")
    }

    @Test func theTextIsWhatPeoplePaste() throws {
        let result = try demo("never-created", "--text")
        #expect(result.output.contains("#0 ") && result.output.contains("All threads\n"))
        #expect(try demo("never-created", "--text", "--format", "json").status == 64)
    }

    @Test func itIsLeftOnRequest() throws {
        let result = try demo("never-created", "--keep")
        let processes = leftProcesses()
        #expect(processes.count == 1)
        #expect(result.output.contains("deadwait attach \(processes.first ?? 0)"), "\(result)")
        for id in processes { kill(-id, SIGKILL) }
        #expect(try !isEmpty())
    }

    @Test(arguments: ["never-created", "null-pointer"])
    func aCoreWillDoToo(scenario: String) throws {
        let result = try demo(scenario, "--core")
        #expect(result.output.contains("from a core"), "\(result)")
        #expect(try isEmpty())
        #expect(leftProcesses().isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalLeavesNothingBehind(signal: Int32) throws {
        let demo = try spawn(["demo", "--program", engine.executable.path, "never-created"])
        let deadline = Date(timeIntervalSinceNow: 20)
        while leftProcesses().isEmpty, Date() < deadline { usleep(2000) }
        kill(demo, signal)
        var status: Int32 = 0
        #expect(waitpid(demo, &status, 0) == demo)
        #expect(status & 0x7f == signal)
        #expect(try isEmpty())
        #expect(leftProcesses().isEmpty)
    }

    /// The tool with no signal blocked, as a shell starts it: a thread of the tests' has many blocked.
    private func spawn(_ arguments: [String]) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        let tool = try DeadwaitTool.executable
        func pointers(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }
        var words = pointers([tool] + arguments)
        var variables = pointers(["TMPDIR=\(folder.path)", "PATH=/usr/bin:/bin"])
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, tool, &actions, &attributes, &words, &variables)
        guard error == 0 else { throw POSIXError(.init(rawValue: error) ?? .EIO) }
        return pid
    }
}
