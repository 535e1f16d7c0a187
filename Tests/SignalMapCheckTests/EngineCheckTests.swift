import Testing

@testable import SignalMapChecks

/// A map that is written down: what it lacks is a miss, whatever was seen.
@Suite struct EngineCheckTests {
    /// Calls at 0x10 to 0x4f of `engine`: a queue's wait and signal behind wrappers, and a creation.
    struct WrittenMap: MapAnswers {
        var calls: [UInt64: [SiteOperation<String>]] = [
            0x10: [.init(action: .wait, identity: "parameter 1", isParametric: true)],
            0x20: [.init(action: .wait, identity: "queue.filled")],
            0x30: [.init(action: .signal, identity: "parameter 1", isParametric: true)],
            0x40: [.init(action: .signal, identity: "queue.filled")],
        ]
        var startRoutines: [UInt64: PossibleStarts] = [
            0x50: PossibleStarts(functions: [place(0x1000)])
        ]

        func covers(_ module: String) -> Bool { module == "engine" }
        func operations(at place: FileAddress) -> [SiteOperation<String>] { calls[place.address] ?? [] }
        func match(_ wait: String, _ signal: String) -> MatchLevel? { wait == signal ? .same : nil }
        func sites(matching wait: String) -> [MatchingSite] { [] }
        func way(from function: FileAddress, to wait: String) -> SignalWay? { nil }
        func isRun(_ function: FileAddress, before place: FileAddress) -> Bool { false }
        func starts(at place: FileAddress) -> PossibleStarts? { startRoutines[place.address] }
        func function(holding place: FileAddress) -> FileAddress? {
            FileAddress(module: place.module, address: place.address & ~0xfff)
        }
        func name(of identity: String) -> String { identity }
    }

    static func place(_ address: UInt64, _ module: String = "engine") -> FileAddress {
        FileAddress(module: module, address: address)
    }

    /// A thread that runs 0x1000 waits where another signals.
    static func observation() -> EngineObservation {
        var seen = EngineObservation()
        var object = EngineObservation.ObservedObject(kind: "condition")
        object.waits = [[place(0x9, "libstdc++.so.6"), place(0x10), place(0x20)]]
        object.signals = [[place(0x30), place(0x40)]]
        seen.objects = [object]
        seen.creations = [
            .init(
                stack: [place(0x8, "libstdc++.so.6"), place(0x50)], startRoutine: place(0x7, "libstdc++.so.6"),
                firstCalls: [place(0x6, "libstdc++.so.6"), place(0x1010), place(0x20)])
        ]
        return seen
    }

    @Test func whatTheMapHasIsExplained() {
        let check = EngineCheck(Self.observation(), WrittenMap())
        #expect(check.misses.isEmpty)
        #expect(check.waitSites == .init(seen: 1, explained: 1) && check.signalSites == check.waitSites)
        #expect(check.pairs == check.waitSites && check.levels == [.same: 1])
        #expect(check.creationSites == check.waitSites && check.starts == check.waitSites)
        #expect(check.outside == 0 && check.startsUnseen == 0 && check.startsOpen == 0)
    }

    @Test func anotherObjectIsAMiss() {
        var map = WrittenMap()
        map.calls[0x40] = [.init(action: .signal, identity: "queue.emptied")]
        let check = EngineCheck(Self.observation(), map)
        #expect(check.pairs == .init(seen: 1, explained: 0))
        #expect(check.misses.map(\.what) == [.identity])
        #expect(check.misses.first?.places == [Self.place(0x20), Self.place(0x40)])
        #expect(check.misses.first?.subject.contains("queue.emptied") == true)
    }

    /// One call gives a lock back and signals: the lock is not what the waiter waited for.
    @Test func aLockThatIsGivenBackBesideIsNotTheObject() {
        var map = WrittenMap()
        map.calls[0x40] = [
            .init(action: .signal, object: .lock, identity: "queue.lock"),
            .init(action: .signal, identity: "parameter 1", isParametric: true),
        ]
        map.calls[0x48] = [.init(action: .signal, identity: "queue.filled")]
        var seen = Self.observation()
        seen.objects[0].signals = [[Self.place(0x30), Self.place(0x40), Self.place(0x48)]]
        #expect(EngineCheck(seen, map).misses.isEmpty)
        // Where nothing but the lock is given back there is no signal.
        map.calls = map.calls.filter { $0.key <= 0x20 || $0.value.contains { $0.object == .lock } }
        map.calls[0x40]?.removeLast()
        #expect(EngineCheck(seen, map).misses.map(\.what) == [.signalSite])
        // A word that the runtime saw may be a lock of the program's own.
        seen.objects[0].kind = "futex"
        #expect(EngineCheck(seen, map).misses.map(\.what) == [.identity])
    }

    private static let holes: [(ClosedRange<UInt64>, EngineCheck.Miss.What, UInt64)] = [
        (0x10...0x20, .waitSite, 0x10), (0x30...0x40, .signalSite, 0x30),
    ]

    @Test(arguments: holes)
    func aCallThatIsNotInTheMapIsAMiss(
        _ calls: ClosedRange<UInt64>, _ what: EngineCheck.Miss.What, _ place: UInt64
    ) {
        var map = WrittenMap()
        map.calls = map.calls.filter { !calls.contains($0.key) }
        let check = EngineCheck(Self.observation(), map)
        #expect(check.misses.map(\.what) == [what])
        #expect(check.misses.first?.places == [Self.place(place)])
        #expect(check.pairs.seen == 0)
    }

    @Test func aThreadThatRunsSomethingElseIsAMiss() {
        var map = WrittenMap()
        map.startRoutines[0x50] = PossibleStarts(functions: [Self.place(0x2000)])
        let check = EngineCheck(Self.observation(), map)
        #expect(check.starts == .init(seen: 1, explained: 0))
        #expect(check.misses.map(\.what) == [.startRoutine])
        // Where the map says itself that it does not know all, nothing is excluded.
        map.startRoutines[0x50]?.isOpen = true
        let open = EngineCheck(Self.observation(), map)
        #expect(open.misses.isEmpty && open.startsOpen == 1)
        map.startRoutines[0x50] = nil
        #expect(EngineCheck(Self.observation(), map).misses.map(\.what) == [.creationSite])
    }

    @Test func whatCannotBeJudgedIsCounted() {
        var seen = Self.observation()
        seen.objects[0].signals = [[Self.place(1, "libother.so")]]
        seen.creations = [
            .init(stack: [Self.place(0x50)], startRoutine: Self.place(0x7, "libstdc++.so.6"))
        ]
        let check = EngineCheck(seen, WrittenMap())
        #expect(check.misses.isEmpty && check.outside == 1 && check.startsUnseen == 1)
        #expect(check.signalSites.seen == 0 && check.pairs.seen == 0 && check.starts.seen == 0)
    }
}
