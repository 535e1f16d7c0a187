import ProcessModel
import Registry
import TestSupport
import Testing

/// What of a header is refused, and what of a registry that can be read is left out.
@Suite struct RegistryLayoutTests {
    typealias Hand = HandRegistry

    /// One field of the header changed, and what the refusal says of it.
    struct Damage: Sendable, CustomTestStringConvertible {
        var name: String
        var reason: String
        var change: @Sendable (inout HandRegistry) -> Void
        var testDescription: String { name }
    }

    static let damages = [
        Damage(name: "a small header", reason: "its header has 759 bytes") { $0.put(UInt32(759), at: 20) },
        Damage(name: "a total below the header", reason: "it has 100 bytes in all") { $0.put(UInt64(100), at: 24) },
        Damage(name: "a total above the mapping", reason: "its mapping only") { $0.put(Hand.size + 1, at: 24) },
        Damage(name: "a huge total", reason: "bytes in all") { $0.put(UInt64.max, at: 24) },
        Damage(name: "another address", reason: "its header says that it lies at 0x1000") {
            $0.put(UInt64(0x1000), at: 32)
        },
        Damage(name: "many events", reason: "it keeps 65536 events a thread") { $0.put(UInt32(65536), at: 52) },
        Damage(name: "more threads than room", reason: "9 threads are used of 8") { $0.put(UInt32(9), at: 72) },
        Damage(name: "an area beyond the end", reason: "its objects lie outside of it") {
            $0.put(Hand.size - 1000, at: 120 + 2 * 24 + 16)
        },
        Damage(name: "an area that wraps", reason: "its objects lie outside of it") {
            $0.put(UInt64.max - 100, at: 120 + 2 * 24 + 16)
        },
        Damage(name: "an area in the header", reason: "two of its areas overlap at 8") {
            $0.put(UInt64(8), at: 120 + 2 * 24 + 16)
        },
        Damage(name: "overlapping areas", reason: "two of its areas overlap") {
            $0.put(Hand.stacks.offset + 8, at: 120 + 2 * 24 + 16)
        },
        Damage(name: "a short record", reason: "the records of its threads have 96 bytes where 104 are needed") {
            $0.put(UInt32(96), at: 120 + 4)
        },
        Damage(name: "no room for the events", reason: "threads' activities have 128 bytes where 144 are needed") {
            $0.put(UInt32(5), at: 52)
        },
        Damage(name: "records of no bytes", reason: "have 0 bytes") { $0.put(UInt32(0), at: 120 + 2 * 24 + 4) },
        Damage(name: "a huge record", reason: "have 4294967295 bytes") {
            $0.put(UInt32.max, at: 120 + 11 * 24 + 4)
        },
        Damage(name: "two areas of a kind", reason: "it has two areas for objects") {
            $0.put(Hand.Area(kind: 3, size: 128, count: 1, offset: 0xe800), number: 15)
        },
        Damage(name: "no threads", reason: "it has no area for threads") { $0.put(UInt32(0), at: 120) },
    ]

    @Test(arguments: damages)
    func aDamagedHeaderIsRefused(_ damage: Damage) throws {
        var hand = Hand()
        damage.change(&hand)
        let error = #expect(throws: RegistryError.self) { try RegistryReaderTests.read(hand) }
        guard case .malformed(_, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains(damage.reason), "\(reason)")
    }

    @Test func whatIsNoRegistryOrANewerOneIsToldApart() throws {
        var other = Hand()
        other.put(UInt8(0x45), at: 0)
        #expect(throws: RegistryError.notARegistry(place: "libdeadwait.so")) { try RegistryReaderTests.read(other) }
        var newer = Hand()
        newer.put(UInt32(2), at: 16)
        let error = #expect(throws: RegistryError.unknownVersion(place: "libdeadwait.so", version: 2)) {
            try RegistryReaderTests.read(newer)
        }
        #expect(error?.help?.contains("one release") == true)
        #expect(throws: RegistryError.foreign(place: "libdeadwait.so", owner: ProcessID(4242), process: ProcessID(1))) {
            try RegistryReaderTests.read(Hand(), process: 1)
        }
        #expect(throws: RegistryError.unreadable(place: "libdeadwait.so", address: Address(Hand.base))) {
            try RegistryReaderTests.read(HandMemory([(start: 0, bytes: [1])]))
        }
        // A header that is cut short.
        #expect(throws: RegistryError.self) {
            try RegistryReaderTests.read(HandMemory([(start: Hand.base, bytes: Array(Hand().bytes.prefix(700)))]))
        }
    }

    @Test func areasThatAreNotKnownAreSkippedAndLongerRecordsAreRead() throws {
        var hand = Hand(withLocks: false)
        hand.put(Hand.Area(kind: 99, size: 8, count: 4, offset: 0xe800), number: 15)
        // A runtime of the same layout may add fields at the end of a record.
        hand.put(UInt32(112), at: 120 + 4)
        hand.thread(0, tid: 4243)
        var record = try RegistryReaderTests.read(hand)
        #expect(record.threads.map(\.id) == [ThreadID(4243)])
        hand.put(UInt32(2), at: 72)
        let second = Int(Hand.threads.offset) + 112
        hand.put(UInt32(2), at: second + 4)
        hand.put(UInt64(9), at: second + 8)
        hand.put(UInt32(4250), at: second + 16)
        record = try RegistryReaderTests.read(hand)
        #expect(record.threads.map(\.id) == [ThreadID(4243), ThreadID(4250)])
    }

    @Test func numbersThatPointAtNothingAreGaps() throws {
        var hand = Hand()
        hand.stack(0, [1, 2, 3])
        hand.put(UInt32(0), at: Hand.place(Hand.stacks, 0) + 8)
        hand.stack(1, [])
        hand.put(UInt32(15), at: Hand.place(Hand.stacks, 1) + 8)
        hand.put(UInt32(0), at: Hand.place(Hand.texts, 0))
        hand.thread(0, tid: 1, stack: 1, role: 9)
        hand.thread(1, tid: 2, stack: 2, role: 1)
        hand.thread(2, tid: UInt32.max, stack: UInt32.max)
        let record = try RegistryReaderTests.read(hand)
        #expect(record.threads.count == 3)
        #expect(record.threads.allSatisfy { $0.creationStack == nil && $0.role == nil })
        #expect(record.threads[2].id == nil && record.stacks.isEmpty)
        let stacks = record.gaps.filter { $0.operation == "read a call stack of the registry" }.map(\.reason)
        #expect(
            stacks == [
                "it is not complete", "it has more frames than it can hold", "its number is larger than its table",
            ]
        )
        let texts = record.gaps.filter { $0.operation == "read a text of the registry" }.map(\.reason)
        #expect(texts == ["its number is larger than its table", "it is not complete"])
        #expect(record.gaps.contains { $0.operation == "read a thread id of the registry" })
    }

    @Test func aRegistryCutShortTellsWhatIsMissing() throws {
        var hand = Hand()
        hand.thread(0, tid: 4243)
        hand.object(0, 0x60_0000)
        let memory = HandMemory([(start: Hand.base, bytes: Array(hand.bytes.prefix(0x2000)))])
        let record = try RegistryReaderTests.read(memory)
        #expect(record.threads.map(\.id) == [ThreadID(4243)])
        #expect(record.threads[0].waits == nil && record.threads[0].events == nil)
        #expect(record.threads[0].wait == nil && record.threads[0].heldLocks == nil)
        let lost = Set(record.gaps.filter { $0.reason == "its memory could not be read" }.map(\.operation))
        #expect(
            lost.isSuperset(of: [
                "read what a thread of the registry waits for", "read an object of the registry",
                "read a start routine of the registry", "read a promise of the registry",
                "read a declaration of the registry", "read a failed creation of the registry",
                "read an abandoned lock of the registry", "read a lock order of the registry",
                "read a module of the registry",
            ]))
    }

    @Test func gapsOfOneKindAreCounted() throws {
        var hand = Hand()
        for index in 0..<8 { hand.thread(index, tid: UInt32(index + 1), role: UInt32(100 + index)) }
        for index in 0..<8 { hand.object(index, 0x60_0000 + UInt64(index), name: UInt16(200 + index)) }
        let record = try RegistryReaderTests.read(hand)
        let texts = record.gaps.filter { $0.operation == "read a text of the registry" }
        #expect(texts.count == 9)
        #expect(texts.last?.reason == "of 8 more records the same is true: its number is larger than its table")
    }

    /// Any bytes must give a record or an error, never a trap.
    @Test(arguments: 0..<16)
    func damagedBytesAreSurvived(_ seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        var whole = Hand()
        for index in 0..<8 {
            whole.thread(index, tid: UInt32(index + 1), stack: whole.stack(index, [1, 2, 3]), role: UInt32(index + 1))
            whole.wait(index, kind: UInt8(index), object: 0x60_0000)
            for number in 0..<5 { whole.event(index, number, kind: 0x11, object: 1, at: 1) }
            whole.object(index, 0x60_0000 + UInt64(index), sites: [(1, 1), (2, 2)])
        }
        for _ in 0..<25 {
            var hand = whole
            for _ in 0..<1 + Int(random.next() % 12) {
                // Half of the damage in the header, else anywhere.
                let limit = random.next() % 2 == 0 ? 760 : UInt64(hand.bytes.count)
                let place = Int(random.next() % limit)
                hand.bytes[place] =
                    [0, 1, 0x7f, 0x80, 0xff, UInt8(truncatingIfNeeded: random.next())][
                        Int(random.next() % 6)]
            }
            for isLive in [false, true] {
                do {
                    let record = try RegistryReaderTests.read(hand, isLive: isLive)
                    #expect(record.threads.count <= 8)
                    #expect(try Saved.roundTrip(record) == record)
                } catch is RegistryError {
                    continue
                }
            }
        }
    }
}
