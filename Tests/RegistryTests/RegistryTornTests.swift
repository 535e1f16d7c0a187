import ProcessModel
import Registry
import Testing

/// Records that change while they are read: a torn one is never believed.
@Suite struct RegistryTornTests {
    typealias Hand = HandRegistry

    @Test func anOddSequenceOfAThreadThatStoodStillIsATornRecord() throws {
        var hand = Hand()
        hand.thread(0, tid: 1)
        hand.thread(1, tid: 2, sequence: 7)
        hand.thread(2, tid: 3)
        hand.wait(2, kind: 1, object: 0x60_0000, sequence: 9)
        hand.object(0, 0x60_0000, sequence: 3)
        hand.object(1, 0x60_0040)
        hand.put(UInt16(4), at: Hand.place(Hand.declarations, 0) + 4)
        hand.put(UInt32(5), at: Hand.place(Hand.declarations, 0))
        for isLive in [false, true] {
            let record = try RegistryReaderTests.read(hand, isLive: isLive)
            #expect(record.threads.map(\.id) == [ThreadID(1), ThreadID(3)])
            // The thread is known, what it waits for is not; and that is not "nothing".
            #expect(record.threads[1].wait == nil && record.threads[1].waits == nil)
            #expect(record.threads[1].events == nil && record.threads[0].waits == 0)
            #expect(record.objects.map(\.address) == [Address(0x60_0040)])
            #expect(record.declarations.isEmpty)
            #expect(record.gaps.count { $0.reason.hasPrefix("torn record") } == 4, "\(record.gaps)")
            #expect(record.gaps.contains { $0.subject == .thread(ThreadID(3)) })
        }
    }

    /// A thread that writes its record between two reads, as a running one does: it may be caught in any state.
    @Test func aRecordThatChangesIsReadAgainUntilItHoldsStill() throws {
        var hand = Hand()
        hand.thread(0, tid: 0xAAAA, argument: 0xAAAA)
        hand.object(0, 0x60_0000, waits: 1)
        let memory = HandMemory(hand)
        let places = (thread: Hand.place(Hand.threads, 0), object: Hand.place(Hand.objects, 0))
        var reads = (thread: 0 as UInt32, object: 0 as UInt32)
        memory.beforeRead = { memory, address, _ in
            func put(_ value: UInt32, _ place: Int) {
                withUnsafeBytes(of: value.littleEndian) {
                    memory.pieces[0].bytes.replaceSubrange(place..<place + 4, with: $0)
                }
            }
            // The sequence moves on by two, and the fields are those of another thread or object each time.
            if address == Hand.base + UInt64(places.thread), reads.thread < 20 {
                reads.thread += 1
                put(reads.thread &* 2, places.thread)
                put(reads.thread, places.thread + 16)
                put(reads.thread, places.thread + 48)
            }
            if address == Hand.base + UInt64(places.object), reads.object < 20 {
                reads.object += 1
                put(reads.object &* 2, places.object + 8)
                put(reads.object, places.object + 24)
                put(reads.object, places.object + 32)
            }
        }
        let record = try RegistryReaderTests.read(memory, isLive: true)
        let thread = try #require(record.threads.first)
        #expect(UInt64(thread.id?.rawValue ?? 0) == thread.argument)
        let object = try #require(record.objects.first)
        #expect(object.waits == object.timeouts && object.waits == 20 && thread.argument == 20)
        #expect(record.gaps.isEmpty, "\(record.gaps)")
    }

    @Test func aRecordThatNeverHoldsStillIsAGap() throws {
        var hand = Hand()
        hand.thread(0, tid: 1)
        hand.thread(1, tid: 2)
        hand.object(0, 0x60_0000)
        let memory = HandMemory(hand)
        var reads: UInt32 = 0
        memory.beforeRead = { memory, _, _ in
            reads += 1
            withUnsafeBytes(of: (reads &* 2).littleEndian) { bytes in
                for place in [Hand.place(Hand.threads, 1), Hand.place(Hand.objects, 0) + 8] {
                    memory.pieces[0].bytes.replaceSubrange(place..<place + 4, with: bytes)
                }
            }
        }
        let record = try RegistryReaderTests.read(memory, isLive: true)
        #expect(record.threads.map(\.id) == [ThreadID(1)])
        #expect(record.objects.isEmpty)
        #expect(record.gaps.count { $0.reason == "torn record: it changed each time it was read" } == 2)
        // A bounded number of looks.
        #expect(reads < 500)
    }

    @Test func anActivityOfAnotherThreadIsNotBelieved() throws {
        var hand = Hand()
        hand.thread(0, tid: 1, state: 4)
        hand.wait(0, kind: 5, object: 0x60_0000)
        let memory = HandMemory(hand)
        var isGivenAway = false
        memory.beforeRead = { memory, address, _ in
            // Between the look at the thread and that at its activity, the slot goes to another thread.
            guard address == Hand.base + Hand.activities.offset, !isGivenAway else { return }
            isGivenAway = true
            var other = hand
            other.thread(0, tid: 2, sequence: 6, name: "other")
            other.wait(0, kind: 1, object: 0x60_0040, sequence: 8)
            memory.pieces[0].bytes = other.bytes
        }
        let record = try RegistryReaderTests.read(memory, isLive: true)
        #expect(record.threads.map(\.id) == [ThreadID(2)])
        #expect(record.threads[0].wait?.object == Address(0x60_0040))
    }

    @Test func eventsThatComeMeanwhileTakeTheOldestAway() throws {
        var hand = Hand()
        hand.thread(0, tid: 1)
        for number in 0..<4 { hand.event(0, number, kind: 0x31, object: UInt64(number + 1), at: Double(number + 1)) }
        let memory = HandMemory(hand)
        var looks = 0
        memory.beforeRead = { memory, address, _ in
            guard address == Hand.base + Hand.activities.offset else { return }
            looks += 1
            // Before the third copy one more event is there: its slot was being written during the second.
            guard looks == 3 else { return }
            var next = hand
            next.event(0, 4, kind: 0x31, object: 99, at: 9)
            memory.pieces[0].bytes = next.bytes
        }
        let record = try RegistryReaderTests.read(memory, isLive: true)
        #expect(record.threads[0].events?.map(\.object) == [Address(3), Address(4)])
    }
}
