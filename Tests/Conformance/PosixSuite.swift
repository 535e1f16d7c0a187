import Foundation
import TestSupport

/// The Open POSIX Test Suite of Debian's source package posixtestsuite: one program a test. Taken are those about
/// threads, waits, signals, fork, timers and message queues.
public struct PosixSuite: ConformanceSuite {
    public static let name = "posix"
    public static let summary = "Open POSIX Test Suite: threads, waits, cancellation, signals, fork, timers, queues"
    public static let canRunSideBySide = true

    private static let interfaces = [
        "pthread_", "sem_", "sig", "timer_", "aio_", "lio_", "mq_", "fork", "kill", "raise", "nanosleep",
        "clock_nanosleep",
    ]
    private static let quickInterfaces = [
        "pthread_cond_", "pthread_cancel", "pthread_cleanup_", "pthread_create", "pthread_detach", "pthread_exit",
        "pthread_join", "pthread_key_", "pthread_mutex_", "pthread_once", "pthread_setcancel", "pthread_atfork", "sem_",
    ]
    /// Tests that do not end without the runtime either: what they would come to is when they are killed.
    private static let endless: Set<String> = [
        "fork/11-1", "pthread_barrier_destroy/2-1", "pthread_equal/2-1", "timer_settime/5-3",
    ]
    /// Tests that take more than two seconds.
    private static let slow: Set<String> = [
        "pthread_cancel/2-2", "pthread_cancel/2-3", "pthread_cond_broadcast/1-2", "pthread_cond_broadcast/4-1",
        "pthread_cond_destroy/2-1", "pthread_cond_signal/2-2", "pthread_cond_timedwait/4-1", "pthread_cond_wait/1-1",
        "pthread_cond_wait/3-1", "pthread_create/1-6", "pthread_create/10-1", "pthread_create/15-1",
        "pthread_create/3-2", "pthread_create/8-2", "pthread_join/1-1", "pthread_join/6-3", "pthread_mutex_lock/1-1",
        "pthread_mutex_timedlock/1-1", "pthread_mutex_timedlock/2-1", "pthread_mutex_trylock/1-1",
        "pthread_mutex_unlock/2-1", "sem_unlink/2-2",
    ]

    /// pthread_key_create/2-1 asks for the value of a key that it has not made, which is whichever key 0 is: libraries
    /// make keys, too, and the runtime is one of them. pthread_mutex_init/5-3 sends signals before their handlers are
    /// sure to be there: of 60 runs without the runtime 33 passed, 26 were killed by SIGUSR1 and one by SIGUSR2.
    /// pthread_detach/4-3 gives stacks of its own to threads that may not have ended when it gives them to the next: on a
    /// busy machine 30 of 60 runs without the runtime ended in SIGSEGV, of 60 with it 34.
    private static let unsound: Set<String> = [
        "pthread_key_create/2-1", "pthread_mutex_init/5-3", "pthread_detach/4-3",
    ]

    /// The programs' exit statuses: the suite's include/posixtest.h.
    private static let words: [Int32: String] = [
        0: "pass", 1: "fail", 2: "unresolved", 4: "unsupported", 5: "untested",
    ]

    public init() {}

    public func cases(quick: Bool) throws -> [SuiteCase] {
        let source = try SuiteSource(package: "posixtestsuite")
        let wanted = quick ? Self.quickInterfaces : Self.interfaces
        let interfaces = source.folder.appendingPathComponent("conformance/interfaces")
        let folders = try FileManager.default.contentsOfDirectory(atPath: interfaces.path).sorted()
            .filter { folder in wanted.contains { folder.hasPrefix($0) } }
        var cases: [SuiteCase] = []
        for folder in folders {
            let path = interfaces.appendingPathComponent(folder)
            // N-M.c is a test of assertion N; other files are parts of these or are only to be compiled.
            for file in try FileManager.default.contentsOfDirectory(atPath: path.path).sorted() {
                guard file.wholeMatch(of: /\d+-\d+\.c/) != nil else { continue }
                let name = "\(folder)/\(file.dropLast(2))"
                // Some set the machine's clock forward, for ever if they are ended before they set it back.
                let text = try String(contentsOf: path.appendingPathComponent(file), encoding: .isoLatin1)
                guard !text.contains("clock_settime") else { continue }
                if Self.unsound.contains(name) || Self.endless.contains(name) || quick && Self.slow.contains(name) {
                    continue
                }
                let program = source.products.appendingPathComponent("\(folder).\(file.dropLast(2))")
                guard try build(path.appendingPathComponent(file), into: program, source) else { continue }
                cases.append(
                    // The suite itself ends a test after 240 seconds.
                    SuiteCase(name, [program.path], timeout: quick ? 20 : 240) { outcome in
                        guard case .exited(let status) = outcome.end else { return [:] }
                        return [name: Self.words[status] ?? "status \(status)"]
                    })
            }
        }
        return cases
    }

    /// False for a test that cannot be built: some lack an include, some have no main.
    private func build(_ file: URL, into program: URL, _ source: SuiteSource) throws -> Bool {
        if source.isBuilt(program) { return true }
        let include = source.folder.appendingPathComponent("include").path
        let (status, _) = try TestSupport.run([
            "gcc", "-O1", "-w", "-std=gnu99", "-D_POSIX_C_SOURCE=200112L", "-I", include, file.path, "-o", program.path,
            "-lpthread", "-lrt", "-lm",
        ])
        return status == 0
    }
}
