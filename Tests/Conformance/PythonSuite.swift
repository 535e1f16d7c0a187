import Foundation

/// The tests of CPython's standard library that are about threads, processes and signals: Debian's package
/// libpython3.x-testsuite.
public struct PythonSuite: ConformanceSuite {
    public static let name = "python"
    public static let summary = "CPython: threading, queue, signal, fork, subprocess, multiprocessing, futures, asyncio"
    // Some measure time.
    public static let canRunSideBySide = false

    private static let quickModules = [
        "test_thread", "test_threading_local", "test_threadsignals", "test_fork1", "test_sched",
        "test_contextlib_async",
    ]
    private static let modules = [
        "test_queue", "test_threading", "test_signal", "test_subprocess", "test_concurrent_futures", "test_asyncio",
        "test_multiprocessing_fork", "test_multiprocessing_forkserver", "test_multiprocessing_spawn", "test_posix",
        "test_threadedtempfile", "test_pty", "test_logging", "test_faulthandler",
    ]

    public init() {}

    public func cases(quick: Bool) throws -> [SuiteCase] {
        (Self.quickModules + (quick ? [] : Self.modules)).map { module in
            // Not another Python that may come first in PATH: the tests belong to Debian's.
            SuiteCase(module, ["/usr/bin/python3", "-m", "unittest", "-v", "test.\(module)"], timeout: 900) { outcome in
                var results: SuiteResults = [:]
                // A test may write between its name and its result.
                let pattern =
                    /(?m)^(\w+ \([\w.]+\))[^\n]*? \.\.\. (?:[^\n]*?)\b(ok|FAIL|ERROR|skipped|expected failure)/
                for match in outcome.errors.matches(of: pattern) {
                    results["\(match.output.1)"] = String(match.output.2)
                }
                for match in outcome.errors.matches(of: /(?m)^(FAIL|ERROR): (\w+ \([\w.]+\))/) {
                    results["\(match.output.2)"] = String(match.output.1)
                }
                return results
            }
        }
    }
}
