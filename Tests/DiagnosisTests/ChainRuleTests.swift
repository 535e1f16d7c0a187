import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct HolderBlockedTests {
    @Test(arguments: [
        Wait.other(.semaphore, "semaphore g_s"), .other(.condition, "condition g_c", object: 0x4c_0099),
    ])
    func theRootBlockerIsNamedAndItsFollowersAreCounted(wait: Wait) throws {
        let assessment = behind(wait)
        #expect(rules(assessment) == ["holder-blocked"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .suspected)
        #expect(finding.threads == [ThreadID(101)])
        #expect(finding.victims == [ThreadID(102), ThreadID(103)])
        #expect(
            finding.summary == "Thread 101 (writer) holds mutex g_a while it is blocked in \(wait.summary) in "
                + "flush (log.c:9); 2 threads wait behind it.")
        // The holder may come back: nobody is called stuck or a victim.
        #expect(assessment.verdicts.allSatisfy { $0.verdict == .waiting || $0.verdict == .outside })
        #expect(assessment.verdicts[2].reason.contains("waits behind thread 101 (writer)"))
        #expect(assessment.exitStatus == .finding)
    }

    /// A timer ends a sleep; samples that show nothing but the one sleep make it suspected.
    @Test func aSleepingHolderIsOneOnlyWhenSamplesShowNoMove() throws {
        let sleep = Wait.other(.sleep, "clock_nanosleep(10 s)", isTimed: true)
        #expect(rules(behind(sleep)) == ["slow-but-alive"])
        let unmoved = try #require(behind(sleep, progress: .unmoved).findings.first)
        #expect(unmoved.rule.rawValue == "holder-blocked")
        #expect(unmoved.confidence == .suspected)
    }

    @Test func samplesThatShowNoMoveMakeItLikely() throws {
        let wait = Wait.other(.condition, "condition g_c", object: 0x4c_0099)
        let finding = try #require(behind(wait, progress: .unmoved).findings.first)
        #expect(finding.confidence == .likely)
    }

    @Test func aStoppedHolderIsOne() throws {
        let finding = try #require(behind(nil, state: .stopped).findings.first)
        #expect(finding.summary.contains("blocked by a stop signal or a debugger"))
    }

    /// A crash stops everybody, whoever holds what.
    @Test func aHolderThatACrashStoppedIsNone() {
        var sketch = SnapshotSketch()
        sketch.mutex("g_lock", at: 0x10, owner: 101)
        sketch.thread(101, state: .tracingStop)
        sketch.thread(102, wait: .mutex(at: 0x10, owner: 101))
        var snapshot = sketch.snapshot
        #expect(Assessment(of: snapshot).findings.map(\.rule.rawValue) == ["holder-blocked"])
        snapshot.crash = Crash(signal: 11, code: 1, faultAddress: Address(8), thread: ThreadID(103))
        #expect(!Assessment(of: snapshot).findings.map(\.rule.rawValue).contains("holder-blocked"))
    }

    @Test func looksThatDoNotOverlapCannotTell() throws {
        let finding = try #require(
            behind(.other(.semaphore, "semaphore"), start: 8_000, end: 9_000).findings.first)
        #expect(finding.confidence == .cannotTell)
    }

    @Test func aHolderWhoseWaitIsNotKnownCannotTell() throws {
        #expect(try #require(behind(nil).findings.first).confidence == .cannotTell)
    }

    /// Its owner field names a thread that has given the mutex up for a wait on a condition.
    @Test(arguments: [nil, "recursive"])
    func whoHasGivenTheMutexUpHoldsItOnlyIfItIsRecursive(flavor: String?) {
        var sketch = SnapshotSketch()
        sketch.mutex("g_lock", at: 0x10, owner: 101, flavor: flavor)
        var wait = Wait.other(.condition, "condition", object: 0x4c_0099)
        wait.mutex = SyncObjectID(Address(0x10))
        sketch.thread(101, wait: wait, start: 8_000, end: 9_000)
        sketch.thread(102, wait: .mutex(at: 0x10, owner: 101))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(assessment.findings.map(\.rule.rawValue) == (flavor == nil ? [] : ["holder-blocked"]))
        #expect(assessment.exitStatus == (flavor == nil ? .nothingStuck : .partial))
    }

    @Test func joiningAWorkerThatWaitsForWorkIsNone() {
        var sketch = SnapshotSketch()
        sketch.thread(100, wait: .join(101))
        sketch.thread(101, wait: .other(.condition, "condition", object: 0x4c_0099))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(assessment.findings.isEmpty)
        #expect(assessment.verdicts.map(\.verdict) == [.waiting, .waiting])
    }

    @Test func whoIsBehindADeadlockIsNotReportedAgain() {
        var sketch = SnapshotSketch()
        sketch.mutex("g_a", at: 0x10, owner: 101)
        sketch.mutex("g_b", at: 0x40, owner: 102)
        sketch.mutex("g_c", at: 0x80, owner: 103)
        sketch.thread(101, wait: .mutex(at: 0x40, owner: 102))
        sketch.thread(102, wait: .mutex(at: 0x10, owner: 101))
        sketch.thread(103, wait: .mutex(at: 0x10, owner: 101))
        sketch.thread(104, wait: .mutex(at: 0x80, owner: 103))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(rules(assessment) == ["deadlock-cycle"])
        #expect(assessment.verdicts.map(\.verdict) == [.stuck, .stuck, .victim, .victim])
    }
}

@Suite struct JoinStuckTests {
    private func joining(_ target: Int32, confidenceOfCycle timed: Bool = false) -> Assessment {
        var sketch = SnapshotSketch()
        sketch.mutex("g_a", at: 0x10, owner: 101)
        sketch.mutex("g_b", at: 0x40, owner: 102)
        sketch.thread(100, "main", wait: .join(target))
        sketch.thread(101, wait: .mutex(at: 0x40, owner: 102, isTimed: timed))
        sketch.thread(102, wait: .mutex(at: 0x10, owner: 101))
        sketch.thread(103, wait: .mutex(at: 0x10, owner: 101))
        sketch.thread(104, state: .running)
        return Assessment(of: sketch.snapshot)
    }

    @Test func joiningAStuckThreadIsAConsequence() throws {
        let assessment = joining(101)
        #expect(rules(assessment) == ["deadlock-cycle", "join-stuck"])
        #expect(assessment.findings[1].confidence == .proved)
        #expect(assessment.findings[1].effect == .consequence)
        #expect(assessment.verdicts[0].verdict == .victim)
        #expect(assessment.verdicts[0].reason == "waits behind thread 101: join-stuck, finding 2")
    }

    @Test func joiningAVictimIsOne() {
        #expect(rules(joining(103)) == ["deadlock-cycle", "join-stuck"])
    }

    @Test func itIsNoSurerThanItsCause() throws {
        let assessment = joining(101, confidenceOfCycle: true)
        #expect(assessment.findings.map(\.confidence) == [.suspected, .suspected])
    }

    @Test func joiningAThreadThatRunsIsNone() {
        let assessment = joining(104)
        #expect(rules(assessment) == ["deadlock-cycle"])
        #expect(assessment.verdicts[0].verdict == .waiting)
    }

    @Test func joiningWhoNeedsTheJoinersLockIsACycleAndReportedOnce() {
        var sketch = SnapshotSketch()
        sketch.mutex("g_a", at: 0x10, owner: 100)
        sketch.thread(100, wait: .join(101))
        sketch.thread(101, wait: .mutex(at: 0x10, owner: 100))
        #expect(rules(Assessment(of: sketch.snapshot)) == ["deadlock-cycle"])
    }
}
