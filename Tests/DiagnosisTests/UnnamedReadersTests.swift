import Diagnosis
import ProcessModel
import TestSupport
import Testing

/// A rwlock counts its readers and does not name them: that nobody is left who could be one tells all the same.
@Suite struct UnnamedReadersTests {
    private static let table: UInt64 = 0x4c_0100

    /// 101 waits to write what one reader holds, and 100 waits behind it to read.
    private func sketch(flags: String? = nil, layout: SyncObject.LayoutProof = .probed) -> SnapshotSketch {
        var sketch = SnapshotSketch()
        sketch.object(
            SyncObject(
                id: SyncObjectID(Address(Self.table)), type: "pthread_rwlock_t", flavor: flags, symbol: "g_table",
                anonymousHolders: 1, layout: layout))
        sketch.thread(100, "main", wait: .other(.rwlockRead, "rdlock", object: Self.table))
        sketch.thread(101, "refresh", wait: .other(.rwlockWrite, "wrlock", object: Self.table))
        return sketch
    }

    @Test func whereEverybodyWaitsNobodyUnlocks() throws {
        let assessment = Assessment(of: sketch().snapshot)
        let finding = try #require(assessment.findings.first)
        #expect(rules(assessment) == ["dead-wait"] && finding.confidence == .likely)
        #expect(finding.threads.map(\.rawValue) == [100, 101])
        #expect(finding.evidence.contains { $0.fact == "Rwlock g_table counts 1 reader and does not name them." })
        #expect(assessment.verdicts.map(\.verdict) == [.stuck, .stuck])
    }

    /// Who joins one of them may be the reader, and waits, too.
    @Test func whoWaitsBehindThemIsNoWayOut() {
        var sketch = sketch()
        sketch.thread(102, wait: .join(101))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(rules(assessment) == ["dead-wait", "join-stuck"])
        #expect(assessment.verdicts.map(\.verdict) == [.stuck, .stuck, .victim])
    }

    /// Anybody who goes on may be the reader.
    @Test(arguments: [
        Wait.other(.sleep, "clock_nanosleep", isTimed: true), .other(.read, "read(3)"),
        .other(.condition, "futex", object: 0x4c_0200), .mutex(at: 0x4c_0300, owner: nil),
    ]) func oneWhoMayGoOnMayBeTheReader(wait: Wait) {
        var sketch = sketch()
        sketch.thread(102, "scan", wait: wait)
        #expect(Assessment(of: sketch.snapshot).findings.isEmpty)
    }

    @Test func oneWhoRunsOrGivesUpMayBeTheReader() {
        var running = sketch()
        running.thread(102, "scan", state: .running)
        #expect(Assessment(of: running.snapshot).findings.isEmpty)
        var timed = sketch()
        timed.thread(102, "scan", wait: .other(.rwlockRead, "rdlock", object: Self.table, isTimed: true))
        #expect(Assessment(of: timed.snapshot).findings.isEmpty)
    }

    /// Its reader may be in another process.
    @Test func aSharedLockIsNotJudged() {
        var sketch = sketch()
        sketch.edit { $0.objects[0].flavor = SyncFlavor.processShared.rawValue }
        #expect(Assessment(of: sketch.snapshot).findings.isEmpty)
    }

    @Test func threadsThatWereNotListedMayBeTheReader() throws {
        var sketch = sketch()
        sketch.gap(.process, "list all threads", "EACCES")
        let finding = try #require(Assessment(of: sketch.snapshot).findings.first)
        #expect(finding.confidence == .suspected && finding.assumptions.contains { $0.contains("list all threads") })
    }

    /// A condition's destruction waits for those who wait for the condition, and for nobody else.
    @Test func aDestructionWaitsForTheWaiters() {
        var sketch = SnapshotSketch()
        sketch.thread(100, "main", wait: .other(.conditionDestroy, "futex", object: 0x4c_0200))
        sketch.thread(101, "worker", wait: .other(.condition, "futex", object: 0x4c_0200))
        sketch.thread(102, "other", wait: .other(.condition, "futex", object: 0x4c_0280))
        let graph = Assessment(of: sketch.snapshot).graph
        #expect(graph.edges[0]?.releasers == [1] && graph.edges[0]?.needsEach == true)
    }
}
