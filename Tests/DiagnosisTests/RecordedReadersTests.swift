import Diagnosis
import ProcessModel
import TestSupport
import Testing

/// Readers of a rwlock, whom only the runtime library's record names.
@Suite struct RecordedReadersTests {
    private static let table: UInt64 = 0x4c_0100

    /// 101 waits to write, and `readers` hold the lock by the record; the lock itself counts `count`.
    private func sketch(count: Int, readers: [Int32]) -> SnapshotSketch {
        var sketch = SnapshotSketch()
        sketch.registry()
        sketch.object(
            SyncObject(
                id: SyncObjectID(Address(Self.table)), type: "pthread_rwlock_t", symbol: "g_table",
                anonymousHolders: count, layout: .probed))
        sketch.thread(
            101, wait: .other(.rwlockWrite, "wrlock", object: Self.table), functions: ["libc:wrlock", "update t.c:9"])
        for id in Set(readers + [101]).sorted() {
            sketch.registered(id)
            let lock = RegisteredHeldLock(object: Address(Self.table), kind: .rwlockRead, site: Address(0x40_0100))
            sketch.edit { snapshot in
                let last = (snapshot.registry?.threads.count ?? 0) - 1
                snapshot.registry?.threads[last].heldLocks = readers.filter { $0 == id }.map { _ in lock }
            }
        }
        return sketch
    }

    /// It may read twice: both locks are its own.
    @Test(arguments: [1, 2]) func aReaderThatWantsToWriteWaitsForItself(locks: Int) throws {
        let assessment = Assessment(of: sketch(count: locks, readers: Array(repeating: 101, count: locks)).snapshot)
        let finding = try #require(assessment.findings.first)
        #expect(rules(assessment) == ["self-deadlock"] && finding.confidence == .likely)
        #expect(
            finding.summary
                == "Thread 101 waits in update (t.c:9) for rwlock g_table to write, which it holds itself to read.")
        #expect(finding.nextStep.contains("cannot be upgraded"))
        #expect(
            finding.evidence.contains { $0.fact.contains("holds rwlock g_table for reading, by the runtime library") })
    }

    @Test func aReaderInACircleIsFound() throws {
        var sketch = sketch(count: 1, readers: [102])
        sketch.mutex("g_entry", at: 0x4c_0010, owner: 101)
        sketch.thread(102, wait: .mutex(at: 0x4c_0010, owner: 101))
        let finding = try #require(Assessment(of: sketch.snapshot).findings.first)
        #expect(finding.rule.rawValue == "deadlock-cycle" && finding.confidence == .likely)
        #expect(finding.threads.map(\.rawValue) == [101, 102])
    }

    /// Somebody reads of whom the record does not know, or somebody has just given it back.
    @Test(arguments: [2, 1]) func aRecordThatDoesNotAgreeWithTheCountNamesNobody(count: Int) {
        let readers: [Int32] = count == 2 ? [101] : [101, 102]
        var sketch = sketch(count: count, readers: readers)
        sketch.thread(102, state: .running)
        let assessment = Assessment(of: sketch.snapshot)
        #expect(assessment.findings.isEmpty)
        #expect(assessment.verdicts[0].reason.contains("it counts them and does not name them"))
    }

    @Test func aReaderThatRunsIsNamedAndNotStuck() {
        var sketch = sketch(count: 1, readers: [102])
        sketch.thread(102, state: .running)
        let assessment = Assessment(of: sketch.snapshot)
        #expect(rules(assessment) == ["slow-but-alive"])
        #expect(
            assessment.verdicts[0].reason == "not stuck: waits for thread 102, which runs: slow-but-alive, finding 1")
    }
}
