import Diagnosis
import ProcessModel
import TestSupport
import Testing

/// A wait of which a text shows nobody else who has to do with it.
@Suite struct UnattendedWaitTests {
    /// A thread of a text: its frames innermost first, each with its arguments.
    private func add(
        _ id: Int32, object: UInt64, _ frames: [(String, [String])], to snapshot: inout Snapshot,
        kind: WaitKind = .condition
    ) {
        let first = snapshot.frames.count
        for (position, (function, arguments)) in frames.enumerated() {
            snapshot.frames.append(
                Frame(
                    pc: nil, isReturnAddress: position > 0, trust: .text,
                    source: [
                        SourceFrame(
                            function: function, parameters: arguments.map { Parameter(name: "p", value: $0) })
                    ]))
        }
        snapshot.stacks.append(Stack(frames: Array(first..<snapshot.frames.count), end: .complete))
        var thread = Thread(
            id: ThreadID(id), state: .sleeping, instant: Instant(start: 0, end: 0, proof: .text),
            stack: snapshot.stacks.count - 1)
        thread.wait = Wait(
            kind: kind, object: object == 0 ? nil : SyncObjectID(Address(object)), isTimed: true, summary: "wait",
            sources: [.text])
        snapshot.threads.append(thread)
    }

    private let start = [("start_thread", [String]()), ("clone", [String]())]

    /// A main thread in `way`, and two servers.
    private func assessment(
        _ way: [(String, [String])], server: [String] = ["0x9000"], isShared: Bool = false, isLive: Bool = false,
        other: WaitKind = .condition
    ) -> Assessment {
        var snapshot = Snapshot(process: ProcessInfo(id: nil, source: isLive ? .live : .text))
        add(1, object: 0x5000, [("pthread_cond_timedwait", [])] + way + [("main", [])], to: &snapshot)
        add(
            2, object: 0x6000,
            [("pthread_cond_timedwait", []), ("sleep_on", ["0x6000"]), ("evict_loop", isShared ? ["0x5000"] : server)]
                + start, to: &snapshot, kind: other)
        add(
            3, object: 0x7000,
            [("pthread_cond_timedwait", []), ("sleep_on", ["0x7000"]), ("sweep_loop", server)] + start,
            to: &snapshot)
        return Assessment(of: snapshot)
    }

    private let errorPath = [
        ("sleep_on", ["0x5000"]), ("pool_flush", ["0x8000"]), ("engine_close", ["0x8000"]), ("engine_open", ["0x8000"]),
        ("run", []),
    ]

    @Test func anErrorPathThatWaitsForNobodyIsSuspected() throws {
        let found = try #require(assessment(errorPath).findings.first)
        #expect(found.rule.rawValue == "unattended-wait" && found.confidence == .suspected)
        #expect(found.threads == [ThreadID(1)])
        #expect(found.summary.contains("pool_flush") && found.summary.contains("0x5000"))
        #expect(found.summary.contains("engine_open has called engine_close"))
        #expect(found.assumptions.contains { $0.contains("--map") && $0.contains("which threads should exist") })
    }

    @Test func aFlushThatWaitsForNobodyIsSuspected() throws {
        let way = [("sleep_on", ["0x5000"]), ("pool_flush", ["0x8000"]), ("commit", []), ("run", [])]
        #expect(assessment(way).findings.map(\.rule.rawValue) == ["unattended-wait"])
    }

    /// Somebody else is handed the object; the wait is where work is taken; somebody runs, or waits for a lock; and a live
    /// process is judged by more than names.
    @Test func nearMissesStayQuiet() {
        #expect(assessment(errorPath, isShared: true).findings.isEmpty)
        let queue = [("sleep_on", ["0x5000"]), ("queue_pop", ["0x8000"]), ("serve", []), ("run", [])]
        #expect(assessment(queue).findings.isEmpty)
        #expect(assessment(errorPath, other: .mutex).findings.isEmpty)
        #expect(assessment(errorPath, isLive: true).findings.isEmpty)
        #expect(assessment([("sleep_on", ["0x5000"]), ("pool_flush", [])]).findings.isEmpty)
    }

    /// A thread whose stack the text does not have may be the one that comes.
    @Test func aThreadWithoutAStackMayBeTheOne() {
        var snapshot = assessment(errorPath).snapshot
        snapshot.threads.append(
            Thread(id: ThreadID(9), state: .unknown, instant: Instant(start: 0, end: 0, proof: .text)))
        #expect(Assessment(of: snapshot).findings.isEmpty)
    }
}
