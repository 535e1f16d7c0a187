import Foundation
import ProcessModel
import Registry
import Reports
import Testing

/// The reports on a registry that was laid out by hand: goldens, line for line.
@Suite struct RegistryTextTests {
    typealias Hand = HandRegistry

    /// Process 4242 with a thread in each state, an object of each sort, and something in each table.
    static func snapshot() throws -> Snapshot {
        var hand = Hand()
        let spawn = hand.stack(0, [0x40_1010, 0x40_1110])
        let flush = hand.stack(1, [0x40_1210, 0x40_1310], flags: 1)
        let commit = hand.stack(2, [0x40_1410])
        let (flusher, idle, name) = (hand.text(0, "flusher"), hand.text(1, "no work"), hand.text(2, "flushed"))
        let start = hand.start(0, 0x40_1500, created: 3, live: 2, failed: 2, role: flusher)
        hand.thread(0, tid: 4242, name: "main", flags: 4)
        hand.thread(
            1, tid: 4243, name: "flush-1", creator: 4242, creatorSerial: 1, start: 0x40_1500, argument: 7,
            created: 1.5, stack: spawn, role: flusher)
        hand.wait(
            1, kind: 1, object: 0x60_0010, mutex: 0x60_0040, since: 10, timeout: 100_000_000, stack: flush,
            timeoutsInARow: 41, waits: 50, timeouts: 45)
        hand.event(1, 0, kind: 0x21, object: 0x60_0010, outcome: 110, at: 9.9)
        hand.event(1, 1, kind: 0x11, object: 0x60_0010, at: 10)
        hand.thread(2, tid: 4244, name: "flush-2", start: 0x40_1500, flags: 1 | 2, role: flusher)
        hand.wait(2, kind: 11, object: 0x60_0090, since: 2, flags: 2, idle: UInt16(idle))
        hand.thread(
            3, tid: 4245, state: 4, name: "done", creator: 4243, creatorSerial: 2, start: 0x40_9999, created: 3,
            exited: 4, end: 3, flags: 16)
        hand.thread(4, tid: 0, state: 1, creator: 4242, creatorSerial: 1, start: 0x40_1500, created: 12)
        hand.object(
            0, 0x60_0010, flags: 1, name: UInt16(name), initStack: spawn, waiting: 1, waits: 50, timeouts: 45,
            signals: 5, broadcasts: 1, unheard: 3, lastSignal: 8, lastSignaller: 4245,
            sites: [(commit, start), (flush, 0)], sitesRecorded: 2, since: 0.5)
        hand.object(1, 0x60_0090, kind: 10, flags: 4, waiting: 1, waits: 3, owner: 4243, acquireStack: commit, since: 6)
        hand.object(2, 0x60_00f0, kind: 5, signals: 0)
        for (index, kind, object, a, b, c, count) in [
            (0, 4, 0, 0, 0, 0, 4), (1, 1, 0x60_0010, 0, 0, 0, 0), (2, 2, 0x60_0010, 0x60_0100, 0xff, 1, 4),
            (3, 3, 0x60_0010, 0x60_0200, 4, 0, 3), (4, 5, 0, 4243, 2, 0, 0),
        ] as [(Int, UInt16, UInt64, UInt64, UInt64, UInt64, UInt32)] {
            let place = Hand.place(Hand.declarations, index)
            hand.put(kind, at: place + 4)
            hand.put(UInt16(flusher), at: place + 6)
            for (offset, value) in [(8, object), (16, a), (24, b), (32, c)] { hand.put(value, at: place + offset) }
            hand.put(count, at: place + 44)
        }
        let promise = Hand.place(Hand.pending, 0)
        hand.put(UInt64(0xfeed), at: promise)
        hand.put(UInt16(12), at: promise + 12)
        hand.put(UInt16(name), at: promise + 14)
        hand.put(Hand.time(4), at: promise + 16)
        hand.put(UInt32(4243), at: promise + 24)
        hand.put(UInt64(2), at: promise + 32)
        hand.put(Hand.time(5), at: promise + 48)
        let failure = Hand.place(Hand.failures, 0)
        hand.put(Int32(11), at: failure + 4)
        hand.put(Hand.time(2), at: failure + 8)
        hand.put(UInt64(0x40_1500), at: failure + 16)
        hand.put(UInt32(4242), at: failure + 32)
        hand.put(spawn, at: failure + 36)
        hand.put(UInt64(1), at: failure + 40)
        hand.put(UInt64(1), at: failure + 48)
        hand.counter(1, 1)
        hand.counter(4, 2)
        hand.counter(5, 12)
        let held = Hand.place(Hand.held, 1)
        hand.put(UInt32(1), at: held)
        hand.put(UInt64(0x60_0300), at: held + 16)
        hand.put(2 << 48 | UInt64(0x40_1410), at: held + 24)
        let order = Hand.place(Hand.orders, 0)
        for (offset, value) in [(0, 0x60_0300), (8, 0x60_0340), (16, 0x40_1410), (24, 0x40_1210)] as [(Int, UInt64)] {
            hand.put(value, at: order + offset)
        }
        hand.put(UInt32(4243), at: order + 32)
        hand.put(UInt32(1), at: order + 36)
        let abandoned = Hand.place(Hand.abandoned, 0)
        hand.put(UInt64(0x60_0380), at: abandoned)
        hand.put(UInt64(0x40_1410), at: abandoned + 8)
        hand.put(Hand.time(4), at: abandoned + 16)
        hand.put(UInt32(4245), at: abandoned + 24)
        hand.put(UInt32(1), at: abandoned + 28)
        var record = try RegistryReaderTests.read(hand)
        record.frames = frames
        return Snapshot(
            process: ProcessInfo(id: ProcessID(4242), executable: "/opt/bank/bin/bank", source: .core),
            modules: [
                Module(
                    path: "/opt/bank/bin/bank", start: Address(0x40_0000), end: Address(0x50_0000), loadBias: 0x40_0000,
                    content: .file(path: "/opt/bank/bin/bank"), isExecutable: true)
            ], registry: record)
    }

    /// What symbols say of the addresses: a function each, and one without a name.
    private static var frames: [Frame] {
        [
            (0x40_1010, true, "spawn", 20), (0x40_1110, true, "main", 90), (0x40_1210, true, "flush", 33),
            (0x40_1310, true, "serve", 80), (0x40_1410, true, "commit", 55), (0x40_1500, false, "flusher_main", 70),
        ].map { pc, isReturn, function, line in
            Frame(
                pc: Address(pc), isReturnAddress: isReturn, trust: .registry, module: 0,
                source: [SourceFrame(function: function, file: "/src/bank.c", line: line)])
        }
    }

    @Test func theTextIsTheGolden() throws {
        var output = ByteWriter()
        RegistryText(showsEvents: true).write(try Self.snapshot(), to: &output)
        #expect(output.string == Self.golden, "\(output.string)")
    }

    @Test func theJSONHasEveryField() throws {
        var output = ByteWriter()
        RegistryJSON().write(try Self.snapshot(), to: &output)
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(output.bytes)) as? [String: Any])
        #expect(json["schema"] as? String == "deadwait.registry/1")
        let registry = try #require(json["registry"] as? [String: Any])
        #expect(registry["pid"] as? Int == 4242 && registry["startTime"] as? String == "2023-11-14T22:13:20Z")
        let threads = try #require(json["threads"] as? [[String: Any]])
        #expect(threads.map { $0["serial"] as? Int } == [1, 2, 3, 4, 5])
        let wait = try #require(threads[1]["wait"] as? [String: Any])
        #expect(wait["kind"] as? String == "condition" && wait["object"] as? String == "0x600010")
        #expect(wait["elapsedNanoseconds"] as? Int == 2_000_000_000 && wait["timeoutsInARow"] as? Int == 41)
        let frames = try #require(wait["stack"] as? [[String: Any]])
        #expect(frames.map { $0["function"] as? String } == ["flush", "serve"])
        #expect(frames[0]["module"] as? String == "/opt/bank/bin/bank" && frames[0]["line"] as? Int == 33)
        #expect((threads[1]["events"] as? [[String: Any]])?.last?["action"] as? String == "waitBegan")
        let objects = try #require(json["objects"] as? [[String: Any]])
        #expect(objects[0]["signals"] as? Int == 5 && objects[0]["lowerBound"] as? Bool == true)
        let sites = try #require(objects[0]["sites"] as? [[String: Any]])
        #expect(sites[0]["startRoutine"] as? String == "flusher_main (bank.c:70)")
        let expected = try #require(json["expected"] as? [[String: Any]])
        #expect(expected[0]["wanted"] as? Int == 4 && expected[0]["live"] as? Int == 2)
        #expect((json["failures"] as? [[String: Any]])?.first?["error"] as? String == "EAGAIN")
        #expect((json["abandoned"] as? [[String: Any]])?.first?["place"] as? String == "commit (bank.c:55)")
        #expect((json["pending"] as? [[String: Any]])?.first?["dropped"] as? Int == 1_005_000_000_000)
        #expect((json["counters"] as? [String: Any])?["objectsDropped"] as? Int == 12)
        #expect((json["declarations"] as? [Any])?.count == 5 && (json["gaps"] as? [Any])?.isEmpty == true)
    }

    @Test func longListsAreCut() throws {
        var snapshot = try Self.snapshot()
        snapshot.registry?.threads = (1...60 as ClosedRange<UInt64>).map {
            var thread = RegisteredThread(serial: $0, id: ThreadID(Int32($0)), state: .exited)
            thread.end = .returned
            return thread
        }
        snapshot.registry?.objects = (1...60).map { RegisteredObject(address: Address(UInt64($0)), kind: .semaphore) }
        func text(all: Bool) -> String {
            var output = ByteWriter()
            RegistryText(showsAll: all).write(snapshot, to: &output)
            return output.string
        }
        #expect(text(all: false).contains("the last 20 of them (--all shows each)"))
        #expect(text(all: false).contains("and 40 more that nobody waits for"))
        #expect(!text(all: true).contains("--all shows each"))
        #expect(text(all: true).contains("Thread 1, returned"))
    }

    /// Names come from the target: none may drive the reader's terminal.
    @Test func controlCharactersAreShown() throws {
        var snapshot = try Self.snapshot()
        snapshot.registry?.threads[0].name = "evil\u{1B}[2J"
        snapshot.registry?.runtime = "lib\u{7}"
        var output = ByteWriter()
        RegistryText().write(snapshot, to: &output)
        #expect(output.bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
        #expect(output.string.contains("evil\\x1b[2J") && output.string.contains("lib\\x07"))
    }

    private static let golden = """
        /opt/bank/bin/bank, pid 4242, from a core: 4 threads registered, 1 ended
        Recorded by libdeadwait 1.0, layout 1, at 0x7f1234500000, 60 KiB, with held locks
        Since 2023-11-14T22:13:20Z, 12 s until its last entry

        Threads (4)
          Thread 4242 "main", the initial thread
          Thread 4243 "flush-1", role flusher
              runs flusher_main (bank.c:70) with 0x7
              created by 4242 (main) after 1.5 s at spawn (bank.c:20) from main (bank.c:90)
              waits for condition "flushed" 0x600010 with mutex 0x600040, for at least 2 s, timeout 100 ms,
                41 timeouts in a row
                at flush (bank.c:33) from serve (bank.c:80)
              holds mutex 0x600300, acquired at commit (bank.c:55)
              9.9 s: ended its wait for condition "flushed" 0x600010: ETIMEDOUT
              10 s: began to wait for condition "flushed" 0x600010
          Thread 4244 "flush-2", role flusher, detached
              runs flusher_main (bank.c:70)
              not made by a pthread_create that was seen, met after 0 ns
              waits for engine's condition 0x600090, for at least 10 s, idle: no work
          A thread without an id yet, being created
              runs flusher_main (bank.c:70)
              created by 4242 (main) after 12 s

        Ended threads (1)
          Thread 4245 "done", was cancelled after 4 s, joined
              runs bank+0x9999
              created by 4243 (flush-1) after 3 s

        Objects (3)
          Condition "flushed" 0x600010
              initialised after 500 ms at spawn (bank.c:20) from main (bank.c:90)
              1 waiting; 50 waits, 45 ended by timeout; 5 signals, 1 broadcast, 3 of them unheard
              last signalled by 4245 (done) 4 s before the last entry
              signalled at commit (bank.c:55), by threads of flusher_main (bank.c:70)
              signalled at flush (bank.c:33) from serve (bank.c:80)
          Engine's lock 0x600090
              1 waiting; 3 waits, 0 ended by timeout
              its engine drops signals before they reach libc: the counts are far too low
              held by 4243 (flush-1) for at least 6 s, acquired at commit (bank.c:55)
          Semaphore 0x6000f0
              0 waiting; 0 waits, 0 ended by timeout; 0 signals, 0 broadcasts, 0 of them unheard
              never signalled, as far as was seen
          Every count is a lower bound: a signal that the program drops before it calls libc is not seen.

        Threads that could not be created (2)
          after 2 s: EAGAIN for flusher_main (bank.c:70), by 4242 (main) at spawn (bank.c:20) from main
            (bank.c:90)
          and 1 before them, not kept

        Expected threads (1)
          role flusher: 4 expected, 2 live: 2 missing; 2 creations of its start routine failed

        Declared by the engine (4)
          condition "flushed" 0x600010 is signalled by threads of role flusher
          who waits for condition "flushed" 0x600010 waits until (4 bytes at 0x600100 & 0xff) is 0x1
          who waits for condition "flushed" 0x600010 waits for 3 arrivals of role flusher, counted at
            0x600200
          thread 4243 (flush-1) is in a call of flusher

        Promised and not done (1)
          continuation "flushed" 0xfeed, created by 4243 (flush-1), open for at least 8 s; whoever was to
            end it was freed 7 s before the last entry: nobody can any more

        Locks that nobody can release (1)
          mutex 0x600380: held by thread 4245 (done), which ended after 4 s; acquired at commit (bank.c:55)

        Lock orders seen in both directions (1)
          mutex 0x600300 before mutex 0x600340: acquired at commit (bank.c:55) and then at flush
            (bank.c:33), first by 4243 (flush-1)

        Not recorded, since a table was full (1)
          12 objects, whose records were given to others

        """
}
