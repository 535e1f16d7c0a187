import Foundation

/// The installed tests of GLib, whose locks are futexes of its own: Debian's package libglib2.0-tests.
public struct GlibSuite: ConformanceSuite {
    public static let name = "glib"
    public static let summary = "GLib: its own locks and conditions, thread pools, main loops, processes, tasks"
    public static let canRunSideBySide = true

    private static let folder = "/usr/libexec/installed-tests/glib"
    private static let quickTests = [
        "asyncqueue", "atomic", "bitlock", "cancellable", "cond", "contexts", "once", "onceinit", "signal-handler",
        "spawn-multithreaded", "spawn-singlethread", "spawn-test", "task", "thread", "thread-pool", "threadtests",
    ]
    private static let tests = [
        "1bit-mutex", "async-close-output-stream", "closure-refcount", "g-file", "gsubprocess", "mainloop", "mutex",
        "rec-mutex", "resolver-parsing", "rwlock", "slice-concurrent", "socket", "thread-deprecated",
        "thread-pool-slow", "timeout", "unix", "unix-streams",
    ]

    public init() {}

    public func cases(quick: Bool) throws -> [SuiteCase] {
        (Self.quickTests + (quick ? [] : Self.tests)).map { test in
            SuiteCase(test, ["\(Self.folder)/\(test)", "--tap"], timeout: 300) { outcome in
                SuiteCase.anythingProtocol(outcome, of: test)
            }
        }
    }
}
