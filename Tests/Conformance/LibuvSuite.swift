import Foundation

/// The tests of libuv: Debian's source package libuv1, its program uv_run_tests.
public struct LibuvSuite: ConformanceSuite {
    public static let name = "libuv"
    public static let summary = "libuv: event loops, thread pool, locks, semaphores, fork, signals, sockets"
    // Its servers listen on fixed ports.
    public static let canRunSideBySide = false

    private static let quickTests = [
        "async", "barrier", "condvar", "fork_socketpair", "fork_signal", "fork_thread", "mutex", "once", "rwlock",
        "semaphore", "signal", "spawn_", "thread", "we_get",
    ]

    /// libuv's own list for Linux, from its CMakeLists.txt.
    private static let parts = [
        "async", "core", "dl", "epoll", "fs", "getaddrinfo", "getnameinfo", "linux-core", "linux-inotify",
        "linux-syscalls", "loop", "loop-watcher", "pipe", "poll", "process", "procfs-exepath", "proctitle",
        "random-devurandom", "random-getrandom", "random-sysctl-linux", "signal", "stream", "tcp", "thread", "tty",
        "udp",
    ]

    public init() {}

    public func cases(quick: Bool) throws -> [SuiteCase] {
        let source = try SuiteSource(package: "libuv1")
        let program = source.products.appendingPathComponent("uv_run_tests")
        if !source.isBuilt(program) { try build(program, source) }
        let fixtures = source.folder.appendingPathComponent("test")
        // It refuses to be run by root.
        let user = geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        let list = try ProgramRun(user + [program.path, "--list"]).outcome()
        let names = (list.output + list.errors).split(separator: "\n").map(String.init)
            .filter { $0.wholeMatch(of: /\w+/) != nil && $0 != "platform_output" }
        return names.filter { name in !quick || Self.quickTests.contains { name.hasPrefix($0) } }.map { name in
            SuiteCase(name, user + [program.path, name], timeout: 120, files: [fixtures]) { outcome in
                let results = SuiteCase.anythingProtocol(outcome, of: "")
                return results.isEmpty ? [:] : [name: results.values.sorted().joined(separator: " ")]
            }
        }
    }

    private func build(_ program: URL, _ source: SuiteSource) throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: source.folder.appendingPathComponent("test").path)
        let tests =
            names.sorted().filter { $0.hasPrefix("test-") && $0.hasSuffix(".c") }
            + ["runner.c", "runner-unix.c", "run-tests.c", "echo-server.c", "blackhole-server.c"]
        let common = try FileManager.default.contentsOfDirectory(
            atPath: source.folder.appendingPathComponent("src").path)
        let files =
            tests.map { "test/\($0)" } + Self.parts.map { "src/unix/\($0).c" }
            + common.sorted().filter { $0.hasSuffix(".c") }.map { "src/\($0)" }
        // Some tests bring their own copy of a part, which a linker that takes the part from an archive leaves out.
        try source.must(
            [
                "gcc", "-O1", "-w", "-std=gnu99", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-Iinclude", "-Isrc",
                "-Itest",
            ]
                + files + ["-o", program.path, "-lpthread", "-ldl", "-lrt", "-Wl,-z,muldefs"], in: source.folder)
    }
}
