import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct SnapshotComparisonTests {
    private static let condition = Wait.other(.condition, "condition", object: 0x4c_0099)

    /// A process with one thread that has been put on a CPU `runs` times.
    private func process(
        runs: UInt64?, state: ThreadState = .sleeping, wait: Wait? = condition,
        functions: [String] = ["wait", "serve a.c:7"],
        at time: UInt64 = 1_000, source: ProcessInfo.Source = .live
    ) -> Snapshot {
        var sketch = SnapshotSketch(source: source)
        sketch.thread(101, "server", state: state, wait: wait, functions: functions, start: time, end: time)
        sketch.edit {
            $0.threads[0].counters = runs.map { SchedulerCounters(cpuNanoseconds: $0 * 1_000, runs: $0) }
        }
        return sketch.snapshot
    }

    private func movement(_ first: Snapshot, _ second: Snapshot) throws -> SnapshotComparison.Movement {
        let items = try SnapshotComparison(first, second).items
        #expect(items.count == 1)
        return try #require(items.first).movement
    }

    @Test func whoHasNotRunIsUnmoved() throws {
        #expect(try movement(process(runs: 5), process(runs: 5, at: 2_000)) == .unmoved)
        // Not even a stack that could not be read the second time makes that doubtful.
        #expect(try movement(process(runs: 5), process(runs: 5, functions: [], at: 2_000)) == .unmoved)
    }

    @Test func whoHasRunAndIsBackPolls() throws {
        let comparison = try SnapshotComparison(process(runs: 5), process(runs: 9, at: 2_000))
        #expect(comparison.items.map(\.movement) == [.polling])
        #expect(comparison.items[0].runs == 4 && comparison.items[0].cpuNanoseconds == 4_000)
        #expect(comparison.elapsedNanoseconds == 1_000)
    }

    @Test func whoStandsElsewhereHasMoved() throws {
        let first = process(runs: 5)
        #expect(try movement(first, process(runs: 6, functions: ["wait", "flush b.c:9"], at: 2_000)) == .moved)
        #expect(try movement(first, process(runs: 6, wait: .other(.condition, "", object: 0x99), at: 2_000)) == .moved)
        #expect(try movement(first, process(runs: 6, state: .running, wait: nil, at: 2_000)) == .moved)
    }

    @Test func whoIsOnACPUBothTimesRuns() throws {
        let one = process(runs: 5, state: .running, wait: nil)
        #expect(try movement(one, process(runs: 5, state: .running, wait: nil, at: 2_000)) == .running)
    }

    @Test func withoutCountersNobodyIsCalledUnmoved() throws {
        let core = process(runs: nil, source: .core)
        #expect(try movement(core, core) == .samePlace)
        #expect(try movement(core, process(runs: nil, functions: [], source: .core)) == .unknown)
    }

    @Test func anIdThatIsGivenOutAgainIsAnotherThread() throws {
        let items = try SnapshotComparison(process(runs: 5), process(runs: 2, at: 2_000)).items
        #expect(items.map(\.movement) == [.ended, .appeared])
    }

    /// In whichever order they are given.
    @Test func theEarlierOneIsBefore() throws {
        var sketch = SnapshotSketch()
        sketch.thread(101, wait: Self.condition, functions: ["wait", "serve a.c:7"], start: 9_000, end: 9_000)
        sketch.thread(102, wait: Self.condition, functions: ["wait", "serve a.c:7"], start: 9_000, end: 9_000)
        let items = try SnapshotComparison(sketch.snapshot, process(runs: nil)).items
        #expect(items.map(\.movement) == [.appeared, .samePlace])
    }

    @Test func locksThatChangedHandsAreTold() throws {
        func holding(_ owner: Int32, at time: UInt64) -> Snapshot {
            var sketch = SnapshotSketch()
            sketch.mutex("g_lock", at: 0x40, owner: owner)
            sketch.mutex("g_other", at: 0x80, owner: 101)
            sketch.thread(101, functions: ["work"], start: time, end: time)
            return sketch.snapshot
        }
        let changes = try SnapshotComparison(holding(101, at: 1), holding(0, at: 2)).ownerChanges
        #expect(changes.map(\.object) == [SyncObjectID(Address(0x40))])
        #expect(changes.first?.before == [ThreadID(101)] && changes.first?.after == [])
    }

    @Test func snapshotsOfTwoProcessesOrRunsAreRefused() throws {
        #expect(throws: SnapshotComparison.Mismatch.processes(ProcessID(100), ProcessID(200))) {
            try SnapshotComparison(SnapshotSketch(pid: 100).snapshot, SnapshotSketch(pid: 200).snapshot)
        }
        var moved = SnapshotSketch().snapshot
        moved.modules[0].start = Address(0x41_0000)
        #expect(throws: SnapshotComparison.Mismatch.programs) {
            try SnapshotComparison(SnapshotSketch().snapshot, moved)
        }
        var rebuilt = SnapshotSketch().snapshot
        rebuilt.process.buildID = BuildID("ff")
        var plain = SnapshotSketch().snapshot
        plain.process.buildID = BuildID("00")
        #expect(throws: SnapshotComparison.Mismatch.programs) { try SnapshotComparison(plain, rebuilt) }
    }
}
