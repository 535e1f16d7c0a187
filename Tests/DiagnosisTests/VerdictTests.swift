import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct VerdictTests {
    private func verdict(_ wait: Wait?, state: ThreadState = .sleeping, progress: Progress? = nil) -> Verdict? {
        var sketch = SnapshotSketch()
        sketch.thread(101, state: state, wait: wait, progress: progress)
        return Assessment(of: sketch.snapshot).verdicts.first?.verdict
    }

    @Test(arguments: [
        WaitKind.poll, .epoll, .select, .read, .write, .accept, .connect, .receive, .send, .sleep, .signal, .child,
        .fileLock, .semaphoreSet, .messageQueue, .inotify, .pageFault, .disk,
    ])
    func whatComesFromOutsideIsOutside(kind: WaitKind) {
        #expect(verdict(.other(kind, "wait")) == .outside)
    }

    @Test(arguments: [
        WaitKind.condition, .conditionDestroy, .semaphore, .barrier, .once, .future, .latch, .atomicWait,
        .dispatchGroup,
        .park, .futex, .otherSystemCall,
    ])
    func whatHasNoOwnerIsWaiting(kind: WaitKind) {
        #expect(verdict(.other(kind, "wait", object: 0x4c_0010)) == .waiting)
    }

    @Test(arguments: [WaitKind.mutex, .rwlockRead, .rwlockWrite, .dispatchSync, .stdioLock])
    func aLockWhoseOwnerIsNotKnownIsUnknown(kind: WaitKind) {
        #expect(verdict(.other(kind, "wait", object: 0x4c_0010)) == .unknown)
    }

    @Test func aMutexThatIsBeingHandedOnIsWaiting() {
        var sketch = SnapshotSketch()
        sketch.mutex("g_a", at: 0x4c_0010, owner: 0)
        sketch.thread(101, wait: .mutex(at: 0x4c_0010, owner: nil))
        let assessment = Assessment(of: sketch.snapshot)
        #expect(assessment.verdicts[0].verdict == .waiting)
        #expect(assessment.exitStatus == .nothingStuck)
        sketch.edit { $0.objects[0].layout = .unknown }
        #expect(Assessment(of: sketch.snapshot).exitStatus == .partial)
    }

    @Test func statesWithoutAWait() {
        #expect(verdict(nil) == .unknown)
        #expect(verdict(nil, state: .running) == .running)
        #expect(verdict(nil, state: .diskSleep) == .outside)
        #expect(verdict(nil, state: .stopped) == .outside)
        #expect(verdict(nil, state: .zombie) == .idle)
        #expect(verdict(nil, progress: .moving) == .running)
    }

    @Test func aPipeWithinTheProcessIsNotOutside() {
        var wait = Wait.other(.read, "read(3), pipe")
        wait.descriptors = [FileDescriptorTarget(descriptor: 3, peers: [ProcessID(100)])]
        #expect(verdict(wait) == .waiting)
        wait.descriptors[0].peers.append(ProcessID(7))
        #expect(verdict(wait) == .outside)
    }

    @Test func exitStatusSaysHowMuchWasSeen() {
        #expect(Assessment(of: SnapshotSketch().snapshot).exitStatus == .noResult)
        var sketch = SnapshotSketch()
        sketch.thread(101, state: .running)
        #expect(Assessment(of: sketch.snapshot).exitStatus == .nothingStuck)
        sketch.gap(.module("libx.so"), "open its debug file", "there is none")
        #expect(Assessment(of: sketch.snapshot).exitStatus == .nothingStuck)
        // A thread that has exited, or whose wait is known, hides nothing; one of which nothing is known does.
        sketch.gap(.thread(ThreadID(102)), "read the registers", "it exited")
        sketch.thread(103, wait: .other(.epoll, "epoll_wait(5)"))
        sketch.gap(.thread(ThreadID(103)), "stop the thread", "its call would return EINTR")
        #expect(Assessment(of: sketch.snapshot).exitStatus == .nothingStuck)
        sketch.gap(.thread(ThreadID(101)), "read the registers", "it did not stop in time")
        #expect(Assessment(of: sketch.snapshot).exitStatus == .partial)
        var unknown = SnapshotSketch()
        unknown.thread(101)
        #expect(Assessment(of: unknown.snapshot).exitStatus == .partial)
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 64])
    }

    @Test func everyThreadHasAVerdictInOrder() {
        var sketch = SnapshotSketch()
        for id in [105, 101, 103] as [Int32] { sketch.thread(id, state: .running) }
        #expect(Assessment(of: sketch.snapshot).verdicts.map(\.thread.rawValue) == [101, 103, 105])
    }
}
