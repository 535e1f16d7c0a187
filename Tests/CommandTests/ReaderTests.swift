import Foundation
import TestSupport
import Testing

/// Hangs that rest on readers of a rwlock, with the library that records who holds what.
@Suite struct ReaderTests {
    private func attach(_ name: String, locks: Bool) throws -> (status: Int32, output: String) {
        let environment = try RuntimeLibrary.environment(locks: locks)
        let program = try FixtureProgram(["readers.c"]).start([name], environment: environment)
        return try run([
            DeadwaitTool.executable, "attach", "--no-map", "--width", "300", "\(program.processIdentifier)",
        ])
    }

    @Test(arguments: [
        ("upgrade", "self-deadlock", 1), ("mutual", "self-deadlock", 2), ("cycle", "deadlock-cycle", 1),
    ])
    func whoReadsIsKnownFromTheRecord(name: String, rule: String, count: Int) throws {
        let (status, output) = try attach(name, locks: true)
        #expect(status == 1 && output.contains("\n\(count). \(rule) (likely)"), "\(output)")
        #expect(!output.contains("\n\(count + 1). "), "\(output)")
        #expect(output.contains("for reading, by the runtime library's record, since "), "\(output)")
    }

    @Test(arguments: ["upgrade", "mutual"])
    func withoutARecordOfLocksNobodyIsNamed(name: String) throws {
        let (status, output) = try attach(name, locks: false)
        #expect(status == 0 && output.contains("it counts them and does not name them"), "\(output)")
    }

    @Test func aReaderThatSleepsIsNoFinding() throws {
        let (status, output) = try attach("slow", locks: true)
        #expect(status == 0, "\(output)")
    }
}
