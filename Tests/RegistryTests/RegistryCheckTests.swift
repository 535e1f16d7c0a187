import ProcessModel
import Registry
import Testing

/// The registry held against the threads of a snapshot.
@Suite struct RegistryCheckTests {
    static let second: UInt64 = 1_000_000_000

    private func thread(
        _ id: Int32, _ state: ThreadState = .sleeping, futex: UInt64? = nil, object: UInt64? = nil, call: Int = 202
    ) -> ProcessModel.Thread {
        let wait = object.map {
            Wait(kind: .condition, object: SyncObjectID(Address($0)), summary: "", sources: [.runtimeFields])
        }
        return ProcessModel.Thread(
            id: ThreadID(id), state: state,
            instant: Instant(start: 100 * Self.second, end: 101 * Self.second, proof: .runCountUnchanged),
            systemCall: futex.map { SystemCall(number: call, arguments: [$0, 0x189, 0, 0, 0, 0]) }, wait: wait)
    }

    private func registered(
        _ serial: UInt64, _ id: Int32, state: RegisteredThread.State = .running, created: UInt64 = 1,
        wait: RegisteredWait? = nil
    ) -> RegisteredThread {
        var thread = RegisteredThread(serial: serial, id: ThreadID(id), state: state)
        thread.created = created * Self.second
        thread.wait = wait
        return thread
    }

    private func check(
        _ registered: [RegisteredThread], _ threads: [ProcessModel.Thread], source: ProcessInfo.Source = .live,
        namespaceIDs: [ThreadID?] = [], gaps: [Gap] = []
    ) -> [RegisteredThread] {
        var record = RegistryRecord(origin: .symbol, process: ProcessID(1))
        record.threads = registered
        let snapshot = Snapshot(
            process: ProcessInfo(id: ProcessID(1), source: source), threads: threads, gaps: gaps)
        RegistryCheck(snapshot, namespaceIDs: namespaceIDs).run(&record)
        return record.threads
    }

    @Test func aRunningThreadThatIsNotThereHasGoneWithoutNotice() {
        let checked = check(
            [
                registered(1, 10), registered(2, 11), registered(3, 12, created: 200),
                registered(4, 13, state: .exited),
            ], [thread(10)])
        #expect(checked.map(\.presence) == [.listed, .goneWithoutNotice, .newer, nil])
        #expect(checked.map(\.snapshotThread) == [ThreadID(10), nil, nil, nil])
    }

    @Test func inACoreNothingIsNewer() {
        let checked = check([registered(1, 10), registered(2, 12, created: 200)], [thread(10)], source: .core)
        #expect(checked.map(\.presence) == [.listed, .goneWithoutNotice])
    }

    @Test func aListWithAHoleProvesNobodysAbsence() {
        let gap = Gap(.process, operation: "list the threads", reason: "the core is cut short")
        let checked = check([registered(1, 10), registered(2, 11)], [thread(10)], source: .core, gaps: [gap])
        #expect(checked.map(\.presence) == [.listed, nil])
    }

    @Test func aReusedIdBelongsToTheLastThreadThatHadIt() {
        let checked = check([registered(1, 10), registered(2, 10)], [thread(10)])
        #expect(checked.map(\.presence) == [.goneWithoutNotice, .listed])
        // One that has ended is not the thread that has its id now.
        var ended = registered(1, 10, state: .exited)
        ended.exited = 50 * Self.second
        #expect(check([ended], [thread(10)]).first?.snapshotThread == nil)
        ended.exited = 102 * Self.second
        #expect(check([ended], [thread(10)]).first?.snapshotThread == ThreadID(10))
    }

    @Test func threadsOfANamespaceAreFoundByTheirOwnIds() {
        let checked = check([registered(1, 2)], [thread(4711)], namespaceIDs: [ThreadID(2)])
        #expect(checked[0].snapshotThread == ThreadID(4711) && checked[0].presence == .listed)
    }

    private func wait(
        _ kind: RegisteredKind = .condition, object: UInt64 = 0x1000, mutex: UInt64? = nil, since: UInt64 = 50
    ) -> RegisteredWait {
        RegisteredWait(
            kind: kind, object: Address(object), mutex: mutex.map { Address($0) }, since: since * Self.second)
    }

    @Test func aWaitIsBelievedOnlyWhereTheThreadIsBlockedInIt() {
        func check(_ wait: RegisteredWait, _ thread: ProcessModel.Thread) -> RegisteredWait.Check? {
            self.check([registered(1, 10, wait: wait)], [thread]).first?.wait?.check
        }
        #expect(check(wait(), thread(10, futex: 0x1008, object: 0x1000)) == .confirmed)
        #expect(check(wait(), thread(10, futex: 0x1028)) == .confirmed)
        #expect(check(wait(mutex: 0x2000), thread(10, futex: 0x2000)) == .confirmed)
        #expect(check(wait(.futex), thread(10, futex: 0x1004)) == .stale)
        #expect(check(wait(.join, object: 0x1000), thread(10, futex: 0x12d0)) == .confirmed)
        #expect(check(wait(), thread(10, futex: 0x9000)) == .stale)
        #expect(check(wait(), thread(10, futex: 0x1000, call: 0)) == .stale)
        #expect(check(wait(), thread(10, futex: 0x9000, object: 0x9000)) == .stale)
        #expect(check(wait(), thread(10, .running)) == .stale)
        #expect(check(wait(), thread(10)) == .blocked)
        #expect(check(wait(.engineLock), thread(10, futex: 0x9000)) == .blocked)
        #expect(check(wait(since: 150), thread(10, futex: 0x1000)) == .again)
        #expect(check(wait(since: 150), thread(10, futex: 0x9000)) == .later)
        #expect(check(wait(since: 150), thread(10)) == .later)
    }
}
