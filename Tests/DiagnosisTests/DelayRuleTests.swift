import Diagnosis
import ProcessModel
import TestSupport
import Testing

/// A thread 101 that holds what 102 waits for, and 102 what 103 waits for.
func behind(
    _ wait: Wait?, state: ThreadState = .sleeping, progress: Progress? = nil, start: UInt64 = 1_000,
    end: UInt64 = 2_000, waiter: Progress? = nil
) -> Assessment {
    var sketch = SnapshotSketch()
    sketch.mutex("g_a", at: 0x4c_0010, owner: 101)
    sketch.mutex("g_b", at: 0x4c_0040, owner: 102)
    sketch.thread(
        101, "writer", state: state, wait: wait, functions: ["libc:fsync", "flush log.c:9"], start: start, end: end,
        progress: progress)
    sketch.thread(102, "put", wait: .mutex(at: 0x4c_0010, owner: 101), progress: waiter)
    sketch.thread(103, "get", wait: .mutex(at: 0x4c_0040, owner: 102), progress: waiter)
    return Assessment(of: sketch.snapshot)
}

@Suite struct SlowButAliveTests {
    /// Healthy engines compute, sleep and sync files under locks.
    @Test(arguments: [
        Wait.other(.sleep, "clock_nanosleep(10 s)", isTimed: true), .other(.disk, "D state"),
        .other(.write, "write(3: /var/log/wal)", file: "/var/log/wal"),
    ])
    func aTimerOrADiskLetsTheHolderGoOn(wait: Wait) throws {
        let assessment = behind(wait)
        #expect(rules(assessment) == ["slow-but-alive"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .suspected)
        #expect(finding.effect == .delay)
        #expect(finding.threads == [ThreadID(101)])
        #expect(finding.victims == [ThreadID(102), ThreadID(103)])
        #expect(
            finding.summary == "Not stuck: threads 102 (put) and 103 (get) wait for mutex g_a, held by thread "
                + "101 (writer), which is in \(wait.summary) in flush (log.c:9).")
        #expect(assessment.verdicts.allSatisfy { $0.verdict == .waiting || $0.verdict == .outside })
        #expect(
            assessment.verdicts[1].reason == "not stuck: waits for thread 101 (writer), which is in \(wait.summary) in "
                + "flush (log.c:9): slow-but-alive, finding 1")
        #expect(assessment.exitStatus == .nothingStuck)
    }

    @Test(arguments: [Progress.moving, .running])
    func aHolderThatMovesIsAlive(progress: Progress) {
        let assessment = behind(.other(.read, "read(3)"), progress: progress)
        #expect(rules(assessment) == ["slow-but-alive"])
        #expect(assessment.exitStatus == .nothingStuck)
    }

    @Test func aHolderThatRunsIsAlive() throws {
        let finding = try #require(behind(nil, state: .running).findings.first)
        #expect(finding.rule.rawValue == "slow-but-alive")
        #expect(finding.summary.contains("held by thread 101 (writer), which runs in flush (log.c:9)"))
        #expect(finding.wouldRelease.map(\.status) == [.alive])
    }

    /// Locks that change hands hold nobody up.
    @Test(arguments: [Progress.moving, .running])
    func whoeverWaitsForItHasRunMeanwhile(waiter: Progress) {
        let assessment = behind(nil, state: .running, waiter: waiter)
        #expect(assessment.findings.isEmpty)
    }

    @Test func aHolderThatIsBlockedIsOfAnotherKind() {
        #expect(rules(behind(.other(.condition, "condition", object: 0x4c_0099))) == ["holder-blocked"])
    }

    /// What it did while the others waited is not known.
    @Test func aHolderSeenAtAnotherMomentIsNotTold() {
        let assessment = behind(nil, state: .running, start: 8_000, end: 9_000)
        #expect(assessment.findings.isEmpty)
        #expect(assessment.verdicts[1].reason.contains("is held by thread 101 (writer), which runs"))
    }

    @Test func whoNobodyWaitsForMayRunAsLongAsItLikes() {
        var sketch = SnapshotSketch()
        sketch.thread(101, state: .running, functions: ["compute work.c:9"], progress: .running)
        sketch.thread(102, wait: .join(101), progress: .unmoved)
        #expect(Assessment(of: sketch.snapshot).findings.isEmpty)
    }
}

@Suite struct BlockedOutsideTests {
    private func read(_ detail: String?, peers: [Int32]) -> Wait {
        Wait(
            kind: .read, isTimed: false,
            descriptors: [
                FileDescriptorTarget(
                    descriptor: 5, target: "pipe:[4711]", detail: detail, peers: peers.map { ProcessID($0) })
            ], summary: "read(5: pipe)", sources: [.procfs])
    }

    @Test func thePeerIsNamed() throws {
        let assessment = behind(read("pipe, other end open in pid 42", peers: [42]))
        #expect(rules(assessment) == ["blocked-outside"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .suspected)
        #expect(finding.effect == .delay)
        #expect(finding.victims == [ThreadID(102), ThreadID(103)])
        #expect(
            finding.summary == "Thread 101 (writer) holds mutex g_a while it waits for the outside in flush (log.c:9): "
                + "read(5: pipe); 2 threads wait behind it.")
        #expect(finding.evidence.contains { $0.fact.contains("pipe:[4711]: pipe, other end open in pid 42") })
        #expect(finding.nextStep.hasPrefix("Look at what process 42 does."))
        #expect(assessment.verdicts.map(\.verdict) == [.outside, .waiting, .waiting])
    }

    @Test(arguments: [
        Wait.other(.fileLock, "flock(3), lock held by pid 7"), .other(.accept, "accept(3)"),
        .other(.signal, "rt_sigtimedwait"),
    ])
    func soAreLocksOfOtherProcessesAndSignals(wait: Wait) {
        #expect(rules(behind(wait)) == ["blocked-outside"])
    }

    /// More than slow it cannot be shown to be.
    @Test(arguments: [Wait.other(.read, "read(3)"), .other(.disk, "D state")])
    func samplesMakeItNoSurer(wait: Wait) throws {
        let finding = try #require(behind(wait, progress: .unmoved).findings.first)
        #expect(finding.rule.rawValue == "blocked-outside")
        #expect(finding.confidence == .suspected)
    }

    /// Both ends are here: nobody outside need come.
    @Test func theOtherEndIsInTheProcess() {
        #expect(rules(behind(read(nil, peers: [100]))) == ["holder-blocked"])
    }

    /// Waiting for the outside is what servers do.
    @Test func whoHoldsNothingIsIdle() {
        var sketch = SnapshotSketch()
        sketch.thread(101, wait: .other(.epoll, "epoll_wait(4)"), progress: .unmoved)
        sketch.thread(102, wait: .join(101), progress: .unmoved)
        #expect(Assessment(of: sketch.snapshot).findings.isEmpty)
    }

    @Test func looksThatDoNotOverlapCannotTell() throws {
        let finding = try #require(behind(.other(.read, "read(3)"), start: 8_000, end: 9_000).findings.first)
        #expect(finding.confidence == .cannotTell)
    }
}
