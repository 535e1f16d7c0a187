import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct SelfDeadlockTests {
    private func relock(flavor: String?, timed: Bool = false) -> Assessment {
        var sketch = SnapshotSketch()
        sketch.mutex("g_a", at: 0x4c_0010, owner: 101, flavor: flavor)
        sketch.thread(
            101, "one", wait: .mutex(at: 0x4c_0010, owner: 101, isTimed: timed), functions: ["again bank.c:7"])
        sketch.thread(102, wait: .mutex(at: 0x4c_0010, owner: 101))
        return Assessment(of: sketch.snapshot)
    }

    @Test(arguments: [nil, "robust", "adaptive, priority-inherit"] as [String?])
    func aRelockByTheOwnerIsProved(flavor: String?) throws {
        let assessment = relock(flavor: flavor)
        #expect(rules(assessment) == ["self-deadlock"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .proved)
        #expect(finding.summary == "Thread 101 (one) waits in again (bank.c:7) for mutex g_a, which it holds itself.")
        #expect(finding.victims == [ThreadID(102)])
        #expect(assessment.verdicts.map(\.verdict) == [.stuck, .victim])
    }

    @Test(arguments: ["recursive", "errorcheck", "robust, recursive"])
    func aLockThatLetsItsOwnerInIsNone(flavor: String) {
        let assessment = relock(flavor: flavor)
        #expect(!rules(assessment).contains("self-deadlock"))
        #expect(assessment.verdicts[0].verdict == .unknown)
    }

    @Test func aTimedRelockEndsByItself() throws {
        #expect(try #require(relock(flavor: nil, timed: true).findings.first).confidence == .suspected)
    }

    @Test(arguments: [WaitKind.rwlockWrite, .rwlockRead, .dispatchSync])
    func rwlocksAndQueuesToo(kind: WaitKind) {
        var sketch = SnapshotSketch()
        sketch.object(
            SyncObject(id: SyncObjectID(Address(0x50)), type: "", owners: [ThreadID(101)], layout: .probed))
        sketch.thread(101, wait: .other(kind, "wait", object: 0x50))
        #expect(rules(Assessment(of: sketch.snapshot)) == ["self-deadlock"])
    }

    @Test func joiningItself() {
        var sketch = SnapshotSketch()
        sketch.thread(101, wait: .join(101))
        #expect(rules(Assessment(of: sketch.snapshot)) == ["self-deadlock"])
    }

    @Test func aStdioLockIsRecursive() {
        var sketch = SnapshotSketch()
        sketch.object(
            SyncObject(id: SyncObjectID(Address(0x50)), type: "_IO_lock_t", owners: [ThreadID(101)], layout: .probed))
        sketch.thread(101, wait: .other(.stdioLock, "flockfile", object: 0x50))
        #expect(rules(Assessment(of: sketch.snapshot)).isEmpty)
    }
}

@Suite struct OrphanedLockTests {
    private func orphan(
        owner: Int32 = 150, pid: Int32 = 100, flavor: String? = nil, kind: WaitKind = .mutex,
        edit: (inout SnapshotSketch) -> Void = { _ in }
    ) -> Assessment {
        var sketch = SnapshotSketch(pid: pid)
        sketch.mutex("g_a", at: 0x4c_0010, owner: owner, flavor: flavor)
        for id in [101, 102] as [Int32] {
            var wait = Wait.mutex(at: 0x4c_0010, owner: owner)
            wait.kind = kind
            sketch.thread(id, wait: wait)
        }
        edit(&sketch)
        return Assessment(of: sketch.snapshot)
    }

    /// A stream's lock names its owner by a descriptor, in which no id is left at the end.
    @Test(arguments: [("0", ["orphaned-lock"]), ("150", [])])
    func aStreamWhoseOwnerHasEnded(owner: String, expected: [String]) {
        var sketch = SnapshotSketch()
        sketch.object(
            SyncObject(
                id: SyncObjectID(Address(0x50)), type: "stdio lock", flavor: SyncFlavor.recursive.rawValue,
                fields: [.init(name: "cnt", value: "1"), .init(name: "owner", value: owner)], layout: .probed))
        sketch.thread(101, wait: .other(.stdioLock, "flockfile", object: 0x50))
        sketch.thread(102, wait: .join(101))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(rules(assessment).filter { $0 == "orphaned-lock" } == expected)
        #expect(assessment.verdicts[0].verdict == (expected.isEmpty ? .unknown : .stuck))
    }

    @Test func anOwnerThatIsGoneIsProved() throws {
        let assessment = orphan()
        #expect(rules(assessment) == ["orphaned-lock"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .proved)
        #expect(finding.threads == [ThreadID(101), ThreadID(102)])
        #expect(finding.wouldRelease.first?.status == .absent)
        #expect(finding.assumptions.contains { $0.hasPrefix("No thread has been given id 150 again since") })
        #expect(assessment.verdicts.map(\.verdict) == [.stuck, .stuck])
    }

    @Test func anOwnerThatHasExitedAndIsStillListedIsGone() {
        let assessment = orphan { $0.thread(150, state: .zombie) }
        #expect(rules(assessment) == ["orphaned-lock"])
        #expect(assessment.verdicts.last?.verdict == .idle)
    }

    @Test func aProcessSharedLockMayBeHeldOutside() {
        let assessment = orphan(flavor: "process-shared")
        #expect(rules(assessment).isEmpty)
        #expect(assessment.verdicts.map(\.verdict) == [.outside, .outside])
        #expect(assessment.verdicts[0].reason.contains("held outside, by thread 150 of another process"))
        #expect(assessment.exitStatus == .nothingStuck)
    }

    @Test func anotherPIDNamespaceCannotTell() throws {
        let assessment = orphan { $0.edit { $0.process.sharesPIDNamespace = false } }
        #expect(try #require(assessment.findings.first).confidence == .cannotTell)
        #expect(assessment.verdicts.map(\.verdict) == [.unknown, .unknown])
    }

    @Test func anUncheckedNamespaceIsLikelyUntilALiveOwnerConfirmsIt() throws {
        let unchecked = orphan { $0.edit { $0.process.sharesPIDNamespace = nil } }
        #expect(try #require(unchecked.findings.first).confidence == .likely)
        let confirmed = orphan {
            $0.edit { $0.process.sharesPIDNamespace = nil }
            $0.mutex("g_b", at: 0x4c_0040, owner: 104)
            $0.thread(103, wait: .mutex(at: 0x4c_0040, owner: 104))
            $0.thread(104, state: .running)
        }
        #expect(try #require(confirmed.findings.first).confidence == .proved)
    }

    @Test func anIncompleteListOfThreadsLowers() throws {
        let assessment = orphan { $0.gap(.process, "list all threads", "too many came and went") }
        #expect(try #require(assessment.findings.first).confidence == .likely)
    }

    @Test func theKernelsMarkOnARobustMutexIsOnlySuspected() throws {
        let assessment = orphan(flavor: "robust, owner-died")
        #expect(try #require(assessment.findings.first).confidence == .suspected)
    }

    @Test(arguments: [-5, Int32.max])
    func whatCannotBeAThreadIsNoOwner(owner: Int32) {
        let assessment = orphan(owner: owner)
        #expect(rules(assessment).isEmpty)
        #expect(assessment.verdicts.map(\.verdict) == [.unknown, .unknown])
    }

    @Test func joiningAThreadThatHasJustEndedIsNone() {
        var sketch = SnapshotSketch()
        sketch.thread(101, wait: .join(150))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(rules(assessment).isEmpty)
        #expect(assessment.verdicts[0].verdict == .unknown)
    }

    @Test func anOwnerOlderThanTheProcessWasLeftBehindByFork() throws {
        let assessment = orphan(owner: 90)
        #expect(rules(assessment) == ["fork-child-lock"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .likely)
        #expect(finding.assumptions.contains { $0.contains("not wrapped around") })
        #expect(finding.nextStep.contains("pthread_atfork"))
    }

    @Test func afterAWrapOfThreadIDsForkIsNotClaimed() {
        // Thread 50 of process 100 shows that the ids have wrapped: 90 may have been a thread of this process.
        let assessment = orphan(owner: 90) { $0.thread(50, state: .running) }
        #expect(rules(assessment) == ["orphaned-lock"])
    }
}
