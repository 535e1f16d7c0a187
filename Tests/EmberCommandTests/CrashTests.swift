import Foundation
import TestSupport
import Testing

/// Each crash ends the process, by the signal that it is about.
@Suite struct CrashTests {
    static let signals = [
        "crash-null": SIGSEGV, "crash-trap": SIGILL, "crash-abort": SIGABRT, "crash-stack-overflow": SIGSEGV,
        "crash-bus": SIGBUS, "crash-divide": SIGFPE, "crash-double-free": SIGABRT, "crash-use-after-free": SIGSEGV,
    ]

    @Test func allAreKnown() throws {
        let names = try ListTests.entries().filter { $0.kind == "crash" }.map(\.name)
        #expect(Set(names) == Set(Self.signals.keys))
    }

    @Test(arguments: signals.keys.sorted(), [false, true])
    func aCrashEndsByItsSignal(_ name: String, recorded: Bool) throws {
        let (status, output) = try EmberTool.start(["--scenario", name], recorded: recorded).finish()
        #expect(status == 128 + (Self.signals[name] ?? 0))
        #expect(output.hasSuffix("\nready\n"))
    }
}
