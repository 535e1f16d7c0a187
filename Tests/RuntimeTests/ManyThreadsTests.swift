import Foundation
import ProcessModel
import Registry
import TestSupport
import Testing

/// Twenty thousand threads at once, more than a hundred thousand over a life, and tables that are too small.
///
/// One test after the other: a machine with the kernel's usual 32,768 process ids has no room for two of them.
@Suite(.serialized) struct ManyThreadsTests {
    /// The registry of a process with a black box, read while it lives.
    private func read(_ path: String) throws -> RegistryRecord {
        let file = try RegistryFileMemory(path: path)
        return try RegistryReader(memory: file, isLive: true).read(file.place, of: nil)
    }

    private func start(_ arguments: [Int], slots: Int, registry: String) throws -> RunningProgram {
        unlink(registry)
        return try FixtureProgram(["runtime/many_threads.c"]).start(
            arguments.map(String.init),
            environment: RuntimeLibrary.environment(["DEADWAIT_THREADS": "\(slots)", "DEADWAIT_REGISTRY": registry]),
            timeout: 120)
    }

    private func goOn(_ program: RunningProgram) throws {
        kill(program.processIdentifier, SIGUSR1)
        var output = ""
        let deadline = Date(timeIntervalSinceNow: 120)
        while !output.contains("over"), Date() < deadline {
            usleep(10_000)
            output += program.newOutput()
        }
        try #require(output.contains("over"), "\(output)")
    }

    @Test func everyThreadIsThereAndTheOldestAreForgottenFirst() throws {
        let registry = NSTemporaryDirectory() + "many-threads-\(getpid()).registry"
        defer { unlink(registry) }
        let program = try start([20_000, 120_000], slots: 32_768, registry: registry)
        var record = try read(registry)
        let waiting = record.threads.filter { $0.wait != nil }
        #expect(record.threads.count == 20_001)
        // A thread that has counted itself may be about to wait when the program says that it is ready.
        #expect(waiting.count > 19_000)
        #expect(Set(record.threads.compactMap(\.id)).count == 20_001)
        #expect(record.counters.threadsDropped == 0)

        try goOn(program)
        record = try read(registry)
        #expect(record.counters.threads == 120_001)
        #expect(record.counters.exited == 120_000)
        #expect(record.counters.slotsReused == 120_001 - 32_768)
        // The initial thread, and the last that lived, without a hole.
        let serials = record.threads.map(\.serial).sorted()
        #expect(serials.first == 1)
        #expect(serials.dropFirst().first == 120_001 - 32_767 + 1)
        #expect(serials.last == 120_001)
        #expect(record.gaps.isEmpty, "\(record.gaps)")
    }

    @Test func whatFindsNoSlotIsCounted() throws {
        let registry = NSTemporaryDirectory() + "few-slots-\(getpid()).registry"
        defer { unlink(registry) }
        let program = try start([200, 500], slots: 64, registry: registry)
        var record = try read(registry)
        #expect(record.threads.count == 64)
        #expect(record.counters.threadsDropped == 200 - 63)
        try goOn(program)
        record = try read(registry)
        // From then on there is room for each.
        #expect(record.counters.threadsDropped == 200 - 63)
        #expect(record.counters.threads == 64 + 300)
        #expect(record.threads.allSatisfy { $0.serial == 1 || $0.serial > 64 + 300 - 63 })
    }

    @Test func twentyThousandThreadsAreDumpedInBoundedTime() throws {
        let program = try DumpedProgram("dump.c", ["default", "many", "20000"])
        let start = Date()
        let text = try #require(program.dump())
        #expect(Date().timeIntervalSince(start) < 10)
        #expect(text.contains("\n20001 live threads\n") || text.contains(#/; time was over for \d+ more\n/#))
        #expect(text.contains("the same calls as of tid "))
        #expect(program.isRunning)
    }
}
