import Capture
import Foundation
import ProcessModel
import Registry
import Reports
import TestSupport
import Testing

/// The real runtime library in a real process: live, as a core, and as a file that outlived it.
@Suite struct RecordedProcessTests {
    private static func program() throws -> FixtureProgram {
        try FixtureProgram(["registered.c"], flags: ["-g", "-O1", "-pthread"] + RuntimeLibrary.includes)
    }

    private static func analysis() -> AnalysisOptions { AnalysisOptions(isIsolated: false) }

    private static func live(_ program: RunningProgram) throws -> Snapshot {
        try LiveSource(process: ProcessID(program.processIdentifier), analysis: analysis()).snapshot()
    }

    /// What the program said of itself: "flushed=0x…".
    private static func addresses(_ output: String) -> [String: Address] {
        var addresses: [String: Address] = [:]
        for word in output.split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: "=")
            if parts.count == 2, let address = Address(parts[1]) { addresses[String(parts[0])] = address }
        }
        return addresses
    }

    /// What must be true of the registry wherever it is read from.
    private func check(_ snapshot: Snapshot, _ output: String, pid: Int32) throws -> RegistryRecord {
        let record = try #require(snapshot.registry, "\(snapshot.gaps)")
        let at = Self.addresses(output)
        #expect(output.contains("failed=1"))
        #expect(record.process == ProcessID(pid) && record.runtime.contains("libdeadwait"))
        #expect(record.gaps.isEmpty, "\(record.gaps)")
        func thread(_ name: String) throws -> RegisteredThread {
            try #require(record.threads.first { $0.name == name }, "\(name)")
        }
        func function(_ address: Address?, isReturnAddress: Bool = false) -> String? {
            address.flatMap { record.frame(at: $0, isReturnAddress: isReturnAddress)?.source.last?.function }
        }
        let main = try #require(record.threads.first { $0.isMain })
        #expect(main.id == ThreadID(pid) && main.startRoutine == nil)

        let waiter = try thread("cond-waiter")
        #expect(waiter.role == "flush waiter" && waiter.argument == 0x1234 && waiter.creator == main.id)
        #expect(waiter.creatorSerial == main.serial && function(waiter.startRoutine) == "cond_waiter")
        let creation = try #require(record.stack(waiter.creationStack))
        #expect(creation.addresses.contains { function($0, isReturnAddress: true) == "main" })
        let wait = try #require(waiter.wait)
        #expect(wait.kind == .condition && wait.object == at["flushed"] && wait.mutex == at["mutex"])
        #expect(wait.timeout == nil && wait.since.map { $0 >= record.start } == true)
        let place = try #require(record.stack(wait.stack)?.addresses.first)
        #expect(function(place, isReturnAddress: true) == "cond_waiter")

        let poller = try thread("poller")
        #expect((poller.timeouts ?? 0) > 0 && poller.wait.map { $0.object == at["polled"] } ?? true)
        #expect(try thread("sem-waiter").wait?.object == at["pages"])
        #expect(try thread("sem-waiter").wait?.kind == .semaphore)
        #expect(try thread("joiner").wait?.kind == .join)
        #expect(try thread("joiner").wait?.object == thread("sem-waiter").handle)
        #expect(try thread("futex-waiter").wait?.kind == .futex)
        #expect(try thread("futex-waiter").wait?.object == at["word"])

        let signaller = try thread("signaller")
        #expect(signaller.state == .exited && signaller.end == .returned && signaller.wasJoined)
        #expect(signaller.exited.map { $0 >= signaller.created ?? .max } == true)
        #expect(signaller.events?.map(\.action) == [.signalled, .broadcast, .exited])
        let flushed = try #require(record.objects.first { $0.address == at["flushed"] })
        #expect(flushed.name == "flushed" && flushed.kind == .condition && flushed.waiting == 1)
        #expect(flushed.signals == 1 && flushed.broadcasts == 1 && flushed.lastSignaller == signaller.id)
        #expect(flushed.sites.contains { function($0.startRoutine) == "signaller" })
        #expect(
            flushed.sites.allSatisfy {
                record.stack($0.stack)?.addresses.first.map { function($0, isReturnAddress: true) } == "signaller"
            })

        #expect(record.counters.failures == 1 && record.failures.map(\.error) == [EAGAIN])
        #expect(function(record.failures[0].startRoutine) == "signaller" && record.failures[0].creator == main.id)
        #expect(record.declarations.map(\.statement) == [.expected(role: "flusher", count: 2)])
        return record
    }

    @Test func aLiveProcessIsReadWithItsThreads() throws {
        let program = try Self.program().start(environment: RuntimeLibrary.environment())
        let pid = program.processIdentifier
        let snapshot = try Self.live(program)
        let record = try check(snapshot, program.output, pid: pid)
        #expect(record.origin == .symbol && record.readAt != nil && !record.isFileBacked && !record.recordsLocks)
        for name in ["cond-waiter", "sem-waiter", "joiner", "futex-waiter"] {
            let thread = try #require(record.threads.first { $0.name == name })
            #expect(thread.presence == .listed && thread.snapshotThread == thread.id)
            #expect(thread.wait?.check == .confirmed, "\(name)")
        }
        // Only threads of the last second are not known to have gone.
        usleep(1_200_000)
        let later = try #require(try Self.live(program).registry)
        #expect(later.threads.first { $0.name == "vanisher" }?.presence == .goneWithoutNotice)

        var stacks = ByteWriter()
        StacksText(style: Style(width: 200)).write(snapshot, to: &stacks)
        for words in ["has waited for ", "role flush waiter", "created by \(pid) after ", " from main (registered.c:"] {
            #expect(stacks.string.contains(words), "\(words) in \(stacks.string)")
        }
        #expect(try Saved.roundTrip(record) == record)
    }

    @Test func aCoreHoldsItToo() throws {
        let program = try Self.program().start(environment: RuntimeLibrary.environment())
        let pid = program.processIdentifier
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("registered-\(pid)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (status, output) = try run(["gcore", "-o", folder.appendingPathComponent("core").path, "\(pid)"])
        try #require(status == 0, "\(output)")
        let path = folder.appendingPathComponent("core.\(pid)").path
        let snapshot = try CoreSource(path: path, analysis: Self.analysis()).snapshot()
        let record = try check(snapshot, program.output, pid: pid)
        #expect(record.readAt == nil)
        #expect(record.threads.first { $0.name == "vanisher" }?.presence == .goneWithoutNotice)
        #expect(record.threads.first { $0.name == "cond-waiter" }?.wait?.check == .confirmed)
    }

    @Test func aFileOutlivesItsProcess() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("registry-\(UUID().uuidString)").path
        defer { unlink(path) }
        var program: RunningProgram? = try Self.program().start(
            environment: RuntimeLibrary.environment(["DEADWAIT_REGISTRY": path]))
        let pid = try #require(program?.processIdentifier)
        let output = try #require(program?.output)
        let source = RegistryFileSource(path: path, analysis: Self.analysis())
        let during = try check(try source.snapshot(), output, pid: pid)
        #expect(during.readAt != nil && during.isFileBacked && during.origin == .file)
        program = nil
        while kill(pid, 0) == 0 { usleep(1_000) }
        let snapshot = try source.snapshot()
        let after = try check(snapshot, output, pid: pid)
        #expect(after.readAt == nil && snapshot.process.source == .registry && snapshot.threads.isEmpty)
        #expect(snapshot.process.executable?.contains("registered") == true)
        #expect(snapshot.modules.first { $0.isExecutable }?.buildID != nil)
        var text = ByteWriter()
        RegistryText(style: Style(width: 200)).write(snapshot, to: &text)
        for words in [
            "every time is a lower bound", "waits for condition \"flushed\" ", "runs cond_waiter (registered.c:",
            "role flusher: 2 expected, 0 live: 2 missing", "EAGAIN for signaller (registered.c:",
            "Every count is a lower bound", "signalled at signaller (registered.c:",
        ] {
            #expect(text.string.contains(words), "\(words) in \(text.string)")
        }
    }

    @Test func lockHooksNameTheLocksThatAreHeld() throws {
        let program = try Self.program().start(environment: RuntimeLibrary.environment(locks: true))
        let record = try #require(try Self.live(program).registry)
        let at = Self.addresses(program.output)
        #expect(record.recordsLocks && record.lockOrders != nil)
        let main = try #require(record.threads.first { $0.isMain })
        let held = try #require(main.heldLocks)
        #expect(held.map(\.object) == [at["taken"]].compactMap(\.self))
        #expect(held.first?.kind == .mutex)
        #expect(
            held.first?.site.flatMap { record.frame(at: $0, isReturnAddress: true)?.source.last?.function } == "main")
        let waiter = try #require(record.threads.first { $0.name == "lock-waiter" })
        #expect(waiter.wait?.kind == .mutex && waiter.wait?.object == at["taken"] && waiter.wait?.check == .confirmed)
    }

    @Test func withoutTheLibraryThereIsNoRegistryAndNoGap() throws {
        let program = try Self.program().start()
        let snapshot = try Self.live(program)
        #expect(snapshot.registry == nil)
        #expect(!snapshot.gaps.contains { $0.operation == RegistryNames.operation })
    }
}
