import Diagnosis
import ProcessModel
import TestSupport
import Testing

/// Two threads, each with the mutex that the other one waits for.
private func embrace(
    start: (UInt64, UInt64) = (1_000, 1_500), end: (UInt64, UInt64) = (2_000, 2_500), timed: Bool? = false,
    layout: SyncObject.LayoutProof = .probed, proof: Instant.Proof = .runCountUnchanged,
    source: ProcessInfo.Source = .live
) -> SnapshotSketch {
    var sketch = SnapshotSketch(source: source)
    sketch.mutex("g_a", at: 0x4c_0010, owner: 101, layout: layout)
    sketch.mutex("g_b", at: 0x4c_0040, owner: 102, layout: layout)
    sketch.thread(
        101, "one", wait: .mutex(at: 0x4c_0040, owner: 102, isTimed: timed),
        functions: ["libc:pthread_mutex_lock", "first bank.c:10"],
        start: start.0, end: end.0, proof: proof)
    sketch.thread(
        102, "two", wait: .mutex(at: 0x4c_0010, owner: 101),
        functions: ["libc:pthread_mutex_lock", "second bank.c:20"],
        start: start.1, end: end.1, proof: proof)
    return sketch
}

@Suite struct DeadlockCycleTests {
    @Test func twoMutexesInOppositeOrderAreProved() throws {
        let assessment = Assessment(of: embrace().snapshot)
        let finding = try #require(assessment.findings.first)
        #expect(assessment.findings.count == 1)
        #expect(finding.rule.rawValue == "deadlock-cycle")
        #expect(finding.confidence == .proved)
        #expect(finding.threads == [ThreadID(101), ThreadID(102)])
        #expect(finding.objects == [SyncObjectID(Address(0x4c_0040)), SyncObjectID(Address(0x4c_0010))])
        #expect(finding.isCycle)
        #expect(
            finding.summary == "Threads 101 (one) and 102 (two) wait for each other in a circle and can never go on: "
                + "101 holds mutex g_a and waits for mutex g_b; 102 holds mutex g_b and waits for mutex g_a.")
        #expect(finding.nextStep.contains("first (bank.c:10) and second (bank.c:20)"))
        #expect(finding.evidence.contains { $0.thread == ThreadID(101) && $0.frame == 1 })
        #expect(finding.evidence.contains { $0.field == "__owner" && $0.object == SyncObjectID(Address(0x4c_0010)) })
        #expect(assessment.verdicts.map(\.verdict) == [.stuck, .stuck])
        #expect(assessment.exitStatus == .finding)
    }

    @Test func looksThatDoNotOverlapCannotTell() throws {
        let assessment = Assessment(of: embrace(start: (1_000, 3_000), end: (2_000, 4_000)).snapshot)
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .cannotTell)
        #expect(
            finding.assumptions == [
                "Cannot tell: the looks at thread 101 (one) and thread 102 (two) do not overlap; run again or use "
                    + "--stop-all."
            ])
        #expect(!finding.summary.contains("never"))
        #expect(assessment.verdicts.map(\.verdict) == [.unknown, .unknown])
        #expect(assessment.exitStatus == .partial)
    }

    @Test func spansMustShareOneMomentNotOnlyMeetInPairs() throws {
        // Three spans of which the middle one meets both others: the outer two do not meet.
        var sketch = SnapshotSketch()
        for (id, next, start) in [(101, 102, 0), (102, 103, 900), (103, 101, 1_800)] as [(Int32, Int32, UInt64)] {
            sketch.mutex("g_\(id)", at: UInt64(id) * 64, owner: id)
            sketch.thread(
                id, wait: .mutex(at: UInt64(next) * 64, owner: next), start: start, end: start + 1_000)
        }
        let finding = try #require(Assessment(of: sketch.snapshot).findings.first)
        #expect(finding.threads.count == 3)
        #expect(finding.confidence == .cannotTell)
    }

    @Test func withoutProofOfAnInstantItCannotTell() throws {
        let finding = try #require(Assessment(of: embrace(proof: .none).snapshot).findings.first)
        #expect(finding.confidence == .cannotTell)
    }

    @Test func aCoreIsOneMoment() throws {
        let sketch = embrace(start: (0, 0), end: (0, 0), proof: .core, source: .core)
        let finding = try #require(Assessment(of: sketch.snapshot).findings.first)
        #expect(finding.confidence == .proved)
        #expect(finding.evidence.contains { $0.fact == "The core shows all of them at one moment." })
    }

    @Test func aTimedLockEndsByItself() throws {
        let assessment = Assessment(of: embrace(timed: true).snapshot)
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .suspected)
        #expect(finding.assumptions.contains { $0.contains("has a timeout, so it ends by itself") })
        #expect(assessment.verdicts.map(\.verdict) == [.waiting, .waiting])
    }

    @Test func anUnknownTimeoutIsOnlyLikely() throws {
        #expect(try #require(Assessment(of: embrace(timed: nil).snapshot).findings.first).confidence == .likely)
    }

    @Test(arguments: [(SyncObject.LayoutProof.table, Confidence.likely), (.unknown, .suspected)])
    func aLayoutThatIsNotProbedLowers(layout: SyncObject.LayoutProof, confidence: Confidence) throws {
        let finding = try #require(Assessment(of: embrace(layout: layout).snapshot).findings.first)
        #expect(finding.confidence == confidence)
    }

    @Test func gapsAboutItsThreadsOrObjectsLower() throws {
        var sketch = embrace()
        sketch.gap(.thread(ThreadID(102)), "read the registers", "it exited")
        #expect(try #require(Assessment(of: sketch.snapshot).findings.first).confidence == .likely)
        sketch = embrace()
        sketch.gap(.object(SyncObjectID(Address(0x4c_0010))), "read its kind", "not mapped")
        #expect(try #require(Assessment(of: sketch.snapshot).findings.first).confidence == .likely)
        sketch = embrace()
        sketch.gap(.thread(ThreadID(999)), "read the registers", "it exited")
        #expect(try #require(Assessment(of: sketch.snapshot).findings.first).confidence == .proved)
    }

    @Test func aLockThatChangedHandsBetweenLooksIsNotHeldAgainstAnyone() throws {
        var sketch = embrace()
        sketch.edit { $0.objects[0].owners = [ThreadID(777)] }
        #expect(try #require(Assessment(of: sketch.snapshot).findings.first).confidence == .cannotTell)
    }

    @Test func kindsMayBeMixed() throws {
        // 101 holds a rwlock for writing and joins 102; 102 waits for a queue that 103 drains; 103 waits to read.
        var sketch = SnapshotSketch()
        sketch.object(
            SyncObject(
                id: SyncObjectID(Address(0x4c_0100)), type: "pthread_rwlock_t", symbol: "g_config",
                owners: [ThreadID(101)], layout: .probed))
        sketch.object(
            SyncObject(
                id: SyncObjectID(Address(0x4c_0200)), type: "Dispatch queue", symbol: nil, owners: [ThreadID(103)],
                layout: .probed))
        sketch.thread(101, wait: .join(102))
        sketch.thread(102, wait: .other(.dispatchSync, "sync", object: 0x4c_0200))
        sketch.thread(103, wait: .other(.rwlockRead, "rdlock", object: 0x4c_0100))
        sketch.thread(104, wait: .other(.rwlockRead, "rdlock", object: 0x4c_0100))
        let assessment = Assessment(of: sketch.snapshot)
        let finding = try #require(assessment.findings.first)
        #expect(assessment.findings.map(\.rule.rawValue) == ["deadlock-cycle"])
        #expect(finding.chain.map(\.kind) == [.join, .dispatchSync, .rwlockRead])
        #expect(finding.victims == [ThreadID(104)])
        #expect(finding.confidence == .proved)
        #expect(finding.nextStep.hasPrefix("Release what the other threads need before thread 101 joins thread 102"))
        #expect(assessment.verdicts.map(\.verdict) == [.stuck, .stuck, .stuck, .victim])
    }

    @Test func readersThatAreOnlyCountedMakeNoCycle() {
        // 101 holds g_a and waits to write; some readers hold the rwlock, and 102, which waits for g_a, may be one.
        var sketch = SnapshotSketch()
        sketch.mutex("g_a", at: 0x4c_0010, owner: 101)
        sketch.object(
            SyncObject(
                id: SyncObjectID(Address(0x4c_0100)), type: "pthread_rwlock_t", symbol: "g_config",
                anonymousHolders: 1, layout: .probed))
        // Or another one is, that runs.
        sketch.thread(103, state: .running)
        sketch.thread(101, wait: .other(.rwlockWrite, "wrlock", object: 0x4c_0100))
        sketch.thread(102, wait: .mutex(at: 0x4c_0010, owner: 101))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(assessment.findings.allSatisfy { $0.rule.rawValue == "holder-blocked" && $0.confidence == .suspected })
        #expect(assessment.verdicts.map(\.verdict) == [.waiting, .waiting, .running])
        #expect(
            assessment.verdicts[0].reason
                == "rwlock g_config is held by 1 reader; it counts them and does not name them")
    }

    @Test func eachKnotIsReportedOnceFromItsSmallestThread() {
        var sketch = SnapshotSketch()
        for (id, next) in [(105, 103), (103, 104), (104, 105), (110, 109), (109, 110), (111, 109)] as [(Int32, Int32)] {
            sketch.mutex("g_\(id)", at: UInt64(id) * 64, owner: id)
            sketch.thread(id, wait: .mutex(at: UInt64(next) * 64, owner: next))
        }
        let findings = Assessment(of: sketch.snapshot).findings
        #expect(findings.map { $0.threads.map(\.rawValue) } == [[103, 104, 105], [109, 110]])
        #expect(findings.map { $0.victims.map(\.rawValue) } == [[], [111]])
    }

    @Test func aHolderThatRunsIsStuckBehindNobody() {
        var sketch = SnapshotSketch()
        sketch.mutex("g_a", at: 0x4c_0010, owner: 101)
        sketch.thread(101, state: .running)
        sketch.thread(102, wait: .mutex(at: 0x4c_0010, owner: 101))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(rules(assessment) == ["slow-but-alive"])
        #expect(assessment.verdicts.map(\.verdict) == [.running, .waiting])
        #expect(
            assessment.verdicts[1].reason == "not stuck: waits for thread 101, which runs: slow-but-alive, finding 1")
        #expect(assessment.exitStatus == .nothingStuck)
    }
}
