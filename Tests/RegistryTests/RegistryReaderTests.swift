import ProcessModel
import Registry
import Testing

/// What is read of a registry that was laid out by hand.
@Suite struct RegistryReaderTests {
    typealias Hand = HandRegistry

    static func read(
        _ registry: HandRegistry, isLive: Bool = false, process: Int32? = 4242
    ) throws -> RegistryRecord {
        try read(HandMemory(registry), isLive: isLive, process: process)
    }

    static func read(_ memory: HandMemory, isLive: Bool = false, process: Int32? = 4242) throws -> RegistryRecord {
        let place = RegistryPlace(
            address: Address(Hand.base), available: Hand.size, origin: .symbol, name: "libdeadwait.so")
        return try RegistryReader(memory: memory, isLive: isLive).read(place, of: process.map { ProcessID($0) })
    }

    @Test func theHeaderTellsWhoseItIs() throws {
        var hand = Hand()
        hand.put(UInt32(4 | 1), at: 48)
        hand.put(UInt32(4000), at: 44)
        hand.put(UInt32(2), at: 76)
        for number in 0..<16 { hand.counter(number, UInt64(100 + number)) }
        let record = try Self.read(hand)
        #expect(record.process == ProcessID(4242) && record.parent == ProcessID(4000) && record.forks == 2)
        #expect(record.runtime == "libdeadwait 1.0" && record.version == 1)
        #expect(record.recordsLocks && !record.isFileBacked)
        #expect(record.start == 1_000 * Hand.second && record.startRealtime == 1_700_000_000 * Hand.second)
        #expect(record.address == Address(Hand.base) && record.byteCount == Hand.size)
        #expect(record.readAt == nil)
        let counters = record.counters
        #expect(
            [
                counters.threads, counters.exited, counters.threadsDropped, counters.slotsReused, counters.failures,
                counters.objectsDropped, counters.stacksDropped, counters.startsDropped, counters.textsDropped,
                counters.declarationsDropped, counters.pendingDropped, counters.modulesDropped, counters.heldDropped,
                counters.ordersDropped, counters.abandonedDropped, counters.inversions,
            ] == (100..<116).map { UInt64($0) })
        #expect(record.gaps.isEmpty, "\(record.gaps)")
    }

    @Test func aThreadHasItsCreationAndItsEnd() throws {
        var hand = Hand()
        let stack = hand.stack(2, [0x40_1000, 0x40_2000, 0x40_3000])
        let role = hand.text(3, "log writer")
        hand.thread(0, tid: 4242, name: "main", flags: 4 | 2)
        hand.thread(
            1, tid: 4243, state: 4, name: "worker", creator: 4242, creatorSerial: 1, start: 0x40_5000,
            argument: 0x1234, created: 1.5, exited: 2.5, stack: stack, end: 3, flags: 1 | 8 | 16, role: role)
        hand.thread(2, tid: 4244, name: "short", nameText: hand.text(4, "a name longer than fifteen"))
        // Slot 3 is free, slot 4 is being created.
        hand.thread(4, tid: 0, state: 1, creator: 4242)
        let record = try Self.read(hand)
        #expect(record.threads.map(\.serial) == [1, 2, 3, 5])
        #expect(record.threads[0].isMain && record.threads[0].isLate && record.threads[0].name == "main")
        let worker = record.threads[1]
        #expect(worker.id == ThreadID(4243) && worker.state == .exited && worker.name == "worker")
        #expect(worker.creator == ThreadID(4242) && worker.creatorSerial == 1)
        #expect(worker.startRoutine == Address(0x40_5000) && worker.argument == 0x1234)
        #expect(worker.created == Hand.time(1.5) && worker.exited == Hand.time(2.5) && worker.end == .cancelled)
        #expect(worker.isDetached && worker.wasCancelAsked && worker.wasJoined && !worker.isMain)
        #expect(worker.role == "log writer" && worker.handle == Address(0x7f55_0000_1000))
        #expect(record.stack(worker.creationStack)?.addresses.map(\.rawValue) == [0x40_1000, 0x40_2000, 0x40_3000])
        #expect(record.stack(worker.creationStack)?.end == .complete)
        #expect(record.threads[2].name == "a name longer than fifteen")
        #expect(record.threads[3].state == .created && record.threads[3].id == nil)
        #expect(record.gaps.isEmpty, "\(record.gaps)")
    }

    @Test func aThreadHasItsWaitAndItsEvents() throws {
        var hand = Hand()
        let stack = hand.stack(0, [0x40_1111], flags: 1 | 8)
        hand.thread(0, tid: 4243)
        hand.wait(
            0, kind: 1, object: 0x60_0010, mutex: 0x60_0040, since: 10, timeout: 100_000_000, flags: 2 | 8,
            idle: UInt16(hand.text(0, "asks the clock")), stack: stack, timeoutsInARow: 41, waits: 50, timeouts: 45)
        hand.event(0, 0, kind: 0x50, object: 0x7f55_0000_1000, outcome: 11, at: 1)
        hand.event(0, 1, kind: 0x12, object: 0x60_0080, at: 2)
        hand.event(0, 2, kind: 0x21, object: 0x60_0010, outcome: 110, at: 3)
        let record = try Self.read(hand)
        let thread = try #require(record.threads.first)
        #expect(thread.waits == 50 && thread.timeouts == 45 && thread.eventCount == 3)
        let wait = try #require(thread.wait)
        #expect(wait.kind == .condition && wait.object == Address(0x60_0010) && wait.mutex == Address(0x60_0040))
        #expect(wait.since == Hand.time(10) && wait.timeout == 100_000_000 && wait.timeoutsInARow == 41)
        #expect(wait.isIdle && wait.idleReason == "asks the clock" && wait.isShared && !wait.isNested)
        #expect(record.stack(wait.stack)?.end == .limit && record.stack(wait.stack)?.usedFramePointer == true)
        #expect(
            thread.events == [
                RegisteredEvent(time: Hand.time(1), action: .created, object: Address(0x7f55_0000_1000), error: 11),
                RegisteredEvent(time: Hand.time(2), action: .waitBegan, kind: .mutex, object: Address(0x60_0080)),
                RegisteredEvent(
                    time: Hand.time(3), action: .waitEnded, kind: .condition, object: Address(0x60_0010), error: 110),
            ])
    }

    @Test func theSlotOfTheNextEventIsNeverBelieved() throws {
        var hand = Hand()
        hand.thread(0, tid: 4243)
        for number in 0..<10 { hand.event(0, number, kind: 0x31, object: UInt64(number), at: Double(number + 1)) }
        let record = try Self.read(hand)
        // A ring of four: numbers 6 to 9 stand in it, and 6 is where number 10 may be half written.
        #expect(record.threads[0].events?.map(\.object) == [Address(7), Address(8), Address(9)])
        #expect(record.threads[0].eventCount == 10)
    }

    @Test func anObjectHasItsCountsAndSites() throws {
        var hand = Hand()
        hand.start(0, 0x40_5000, created: 7, live: 3, failed: 2, role: hand.text(2, "signaller"))
        hand.start(5, 0x40_6000)
        let stacks = (0..<5).map { hand.stack($0, [0x40_0000 + UInt64($0)]) }
        hand.object(
            3, 0x60_0010, kind: 1, flags: 1 | 2 | 4, name: UInt16(hand.text(1, "flushed")), initStack: stacks[4],
            waiting: 2, waits: 20, timeouts: 15, signals: 5, broadcasts: 6, unheard: 4, lastSignal: 7,
            lastSignaller: 4244, sites: [(stacks[3], 6), (0, 0), (stacks[1], 1), (stacks[2], 1)], sitesRecorded: 9,
            since: 0.5)
        hand.object(4, 0x60_0000, kind: 10, owner: 4243, acquireStack: stacks[0], since: 3)
        let record = try Self.read(hand)
        #expect(record.objects.map(\.address.rawValue) == [0x60_0000, 0x60_0010])
        let lock = record.objects[0]
        #expect(lock.kind == .engineLock && lock.owner == ThreadID(4243) && lock.since == Hand.time(3))
        #expect(record.stack(lock.acquisitionStack)?.addresses == [Address(0x40_0000)])
        let condition = record.objects[1]
        #expect(condition.name == "flushed" && condition.isShared && condition.engineWakes)
        #expect(condition.initialisationSeen && condition.since == Hand.time(0.5))
        #expect(condition.waiting == 2 && condition.waits == 20 && condition.timeouts == 15)
        #expect(condition.signals == 5 && condition.broadcasts == 6 && condition.unheard == 4)
        #expect(condition.lastSignal == Hand.time(7) && condition.lastSignaller == ThreadID(4244))
        #expect(condition.sitesRecorded == 9)
        // Number 8 stands in slot 0; the oldest that is kept is number 5, in slot 1, and empty.
        #expect(
            condition.sites.map { record.stack($0.stack)?.addresses.first?.rawValue } == [
                0x40_0001, 0x40_0002, 0x40_0003,
            ])
        #expect(condition.sites.map(\.startRoutine?.rawValue) == [0x40_5000, 0x40_5000, 0x40_6000])
        #expect(
            record.starts == [
                StartRoutineUse(address: Address(0x40_5000), created: 7, live: 3, failed: 2, role: "signaller"),
                StartRoutineUse(address: Address(0x40_6000)),
            ])
        #expect(record.gaps.isEmpty, "\(record.gaps)")
    }

    @Test func whatAnEngineSaysIsRead() throws {
        var hand = Hand()
        let role = UInt16(hand.text(0, "flusher"))
        func declaration(
            _ index: Int, _ kind: UInt16, object: UInt64 = 0, a: UInt64 = 0, b: UInt64 = 0, c: UInt64 = 0,
            count: UInt32 = 0
        ) {
            let place = Hand.place(Hand.declarations, index)
            hand.put(kind, at: place + 4)
            hand.put(role, at: place + 6)
            for (offset, value) in [(8, object), (16, a), (24, b), (32, c)] { hand.put(value, at: place + offset) }
            hand.put(hand.stack(1, [0x40_7777]), at: place + 40)
            hand.put(count, at: place + 44)
            hand.put(Hand.time(1), at: place + 48)
        }
        declaration(0, 1, object: 0x60_0010)
        declaration(1, 2, object: 0x60_0010, a: 0x60_0100, b: 0xff, c: 1, count: 4)
        declaration(2, 3, object: 0x60_0010, a: 0x60_0200, b: 8, count: 3)
        declaration(4, 4, count: 4)
        declaration(5, 5, a: 4243, b: 2)
        let place = Hand.place(Hand.pending, 6)
        hand.put(UInt64(0xfeed), at: place)
        hand.put(UInt16(12), at: place + 12)
        hand.put(role, at: place + 14)
        hand.put(Hand.time(4), at: place + 16)
        hand.put(UInt32(4243), at: place + 24)
        hand.put(UInt64(2), at: place + 32)
        hand.put(UInt64(0xc0de), at: place + 40)
        hand.put(Hand.time(5), at: place + 48)
        let record = try Self.read(hand)
        #expect(
            record.declarations.map(\.statement) == [
                .signaller(role: "flusher"),
                .predicate(address: Address(0x60_0100), mask: 0xff, value: 1, bytes: 4),
                .quorum(role: "flusher", count: 3, arrived: Address(0x60_0200), bytes: 8),
                .expected(role: "flusher", count: 4), .call(name: "flusher", thread: ThreadID(4243), serial: 2),
            ])
        #expect(record.declarations.map(\.object?.rawValue) == [0x60_0010, 0x60_0010, 0x60_0010, nil, nil])
        #expect(record.declarations.allSatisfy { $0.since == Hand.time(1) && $0.stack == 0 })
        var promise = PendingCompletion(id: 0xfeed, kind: .continuation)
        promise.text = "flusher"
        promise.since = Hand.time(4)
        promise.thread = ThreadID(4243)
        promise.threadSerial = 2
        promise.context = 0xc0de
        promise.dropped = Hand.time(5)
        #expect(record.pending == [promise])
    }

    @Test func failuresLocksAndModulesAreRead() throws {
        var hand = Hand()
        for (index, number) in [(0, 4), (1, 5), (3, 3)] {
            let place = Hand.place(Hand.failures, index)
            hand.put(Int32(11), at: place + 4)
            hand.put(Hand.time(Double(number)), at: place + 8)
            hand.put(UInt64(0x40_5000), at: place + 16)
            hand.put(UInt32(4242), at: place + 32)
            hand.put(UInt64(number), at: place + 48)
        }
        let order = Hand.place(Hand.orders, 2)
        for (offset, value) in [(0, 0x60_0000), (8, 0x60_0040), (16, 4 << 48 | 0x40_1001), (24, 0x40_1002)]
            as [(Int, UInt64)]
        {
            hand.put(value, at: order + offset)
        }
        hand.put(UInt32(4243), at: order + 32)
        hand.put(UInt32(1), at: order + 36)
        hand.put(Hand.time(9), at: order + 40)
        let abandoned = Hand.place(Hand.abandoned, 0)
        hand.put(UInt64(0x60_0040), at: abandoned)
        hand.put(13 << 48 | UInt64(0x40_1003), at: abandoned + 8)
        hand.put(Hand.time(8), at: abandoned + 16)
        hand.put(UInt32(4250), at: abandoned + 24)
        hand.put(UInt32(1), at: abandoned + 28)
        let module = Hand.place(Hand.modules, 1)
        for (offset, value) in [(0, 0x40_0000), (8, 0x50_0000), (16, 0x40_0000)] as [(Int, UInt64)] {
            hand.put(value, at: module + offset)
        }
        hand.put(UInt32(1), at: module + 24)
        hand.put(UInt32(4), at: module + 28)
        hand.put([0xde, 0xad, 0xbe, 0xef], at: module + 32)
        hand.put(Array("/opt/bank/bin/bank".utf8), at: module + 56)
        hand.thread(0, tid: 4243)
        let held = Hand.place(Hand.held, 0)
        hand.put(UInt32(17), at: held)
        for slot in 0..<15 {
            hand.put(0x60_0000 + UInt64(slot), at: held + 16 + slot * 16)
            hand.put(4 << 48 | UInt64(0x40_2000), at: held + 24 + slot * 16)
        }
        let record = try Self.read(hand)
        #expect(record.failures.map(\.number) == [3, 4, 5])
        #expect(record.failures.allSatisfy { $0.error == 11 && $0.creator == ThreadID(4242) })
        #expect(
            record.lockOrders == [
                LockOrder(
                    first: Address(0x60_0000), firstKind: .rwlockWrite, second: Address(0x60_0040),
                    firstSite: Address(0x40_1001), secondSite: Address(0x40_1002), thread: ThreadID(4243),
                    when: Hand.time(9), isInverted: true)
            ])
        #expect(
            record.abandoned == [
                AbandonedLock(
                    object: Address(0x60_0040), kind: .spin, reason: .exit, site: Address(0x40_1003),
                    when: Hand.time(8),
                    thread: ThreadID(4250))
            ])
        #expect(
            record.modules == [
                RegisteredModule(
                    path: "/opt/bank/bin/bank", start: Address(0x40_0000), end: Address(0x50_0000),
                    loadBias: 0x40_0000, buildID: BuildID("deadbeef"))
            ])
        let locks = try #require(record.threads[0].heldLocks)
        #expect(locks.count == 15 && record.threads[0].heldLocksDropped == 2)
        #expect(
            locks[14] == RegisteredHeldLock(object: Address(0x60_000e), kind: .rwlockWrite, site: Address(0x40_2000)))
    }

    @Test func withoutLockHooksLocksAreNotKnown() throws {
        var hand = Hand(withLocks: false)
        hand.thread(0, tid: 4243)
        let record = try Self.read(hand)
        #expect(record.lockOrders == nil && record.threads[0].heldLocks == nil && !record.recordsLocks)
    }

    @Test func aSmallProcessCostsLittle() throws {
        var hand = Hand()
        hand.thread(0, tid: 4243)
        let memory = HandMemory(hand)
        _ = try Self.read(memory)
        let whole = memory.bytesRead
        // Seven more slots of threads that were never used cost nothing: 7 x (104 + 128 + 256) bytes less than all.
        hand.thread(7, tid: 4244)
        let full = HandMemory(hand)
        _ = try Self.read(full)
        #expect(full.bytesRead - whole == 7 * (104 + 128 + 256))
    }

    @Test func aRecordSavedAndLoadedIsEqual() throws {
        var hand = Hand()
        hand.thread(0, tid: 4243, name: "w", creator: 1, stack: hand.stack(0, [1, 2]))
        hand.wait(0, kind: 5, object: 0x60_0000, since: 1)
        hand.object(0, 0x60_0000)
        let record = try Self.read(hand)
        #expect(try Saved.roundTrip(record) == record)
    }
}
