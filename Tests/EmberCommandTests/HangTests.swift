import Foundation
import ProcessModel
import TestSupport
import Testing

/// Each hang stays, and its threads wait where they should.
@Suite struct HangTests {
    typealias Waiting = Sight.Waiting

    /// The threads that can never go on, in the order of their ids. Others wait as in any idle database.
    static let stuck: [String: [Waiting]] = [
        "async-never-created": [Waiting("main", .condition, "async flush")],
        "async-some-created": [
            Waiting("main", .condition, "async flush"), Waiting("async-worker-0", .condition, "async flush"),
            Waiting("async-worker-1", .condition, "async flush"),
        ],
        "worker-exits": [
            Waiting("main", .condition, "async flush"), Waiting("async-worker", .condition, "async flush"),
            Waiting("async-worker", .condition, "async flush"), Waiting("async-worker", .condition, "async flush"),
        ],
        "lost-wakeup": [
            Waiting("main", .condition, "answer given"), Waiting("async-worker-0", .condition, "async work"),
            Waiting("async-worker-1", .condition, "async work"), Waiting("async-worker-2", .condition, "async work"),
            Waiting("async-worker-3", .condition, "async work"),
        ],
        "checkpoint-eviction-cycle": [
            Waiting("main", .mutex, "open tables"), Waiting("evict", .mutex, "database checkpoint"),
            Waiting("sweep", .mutex, "open tables"), Waiting("import", .condition, "cache space"),
        ],
        "self-deadlock": [Waiting("main", .mutex, "open tables"), Waiting("sweep", .mutex, "open tables")],
        "lock-leaked": [Waiting("main", .mutex, "database checkpoint")],
        "eviction-wait": [
            Waiting("main", .condition, "cache space"), Waiting("evict", .mutex, "open tables"),
            Waiting("sweep", .mutex, "open tables"),
        ],
        "join-under-lock": [Waiting("main", .join), Waiting("sweep", .mutex, "open tables")],
        "server-restarted": [Waiting("main", .condition, "servers ended")],
        "livelock": [],
        "fork-with-lock": [Waiting("main", .mutex)],
        "callback-own-queue": [
            Waiting("main", .condition, "answer given"), Waiting("async-worker", .condition, "async flush"),
            Waiting("async-worker", .condition, "async flush"), Waiting("async-worker", .condition, "async flush"),
            Waiting("async-worker", .condition, "async flush"),
        ],
    ]

    /// Whose lock the first of two threads waits for.
    static let owners: [String: [String: String]] = [
        "checkpoint-eviction-cycle": ["main": "evict", "evict": "main", "sweep": "evict"],
        "self-deadlock": ["main": "main", "sweep": "main"],
        "lock-leaked": ["main": "checkpoint"],
        "eviction-wait": ["evict": "main", "sweep": "main"],
        "join-under-lock": ["main": "sweep", "sweep": "main"],
    ]

    /// What the servers and workers wait on that have nothing to do.
    static let idle: Set<String> = ["log work", "evict work", "sweep work", "checkpoint work"]

    @Test func allAreKnown() throws {
        let names = try ListTests.entries().filter { $0.kind == "hang" }.map(\.name)
        #expect(Set(names) == Set(Self.stuck.keys))
    }

    @Test(arguments: stuck.keys.sorted())
    func theRightThreadsWaitForEver(_ name: String) async throws {
        let program = try EmberTool.start(["--scenario", name], recorded: true)
        let process = Self.target(program)
        // At the second look everything is as it was at the first: nobody but the servers ever moved on.
        for _ in 0..<2 {
            try await Task.sleep(for: .milliseconds(1500))
            #expect(program.process.isRunning)
            check(try Sight(process), name)
        }
    }

    /// The hang is the defect's alone: the same without it ends, with status 1 where an error is what remains.
    @Test(arguments: stuck.keys.sorted())
    func withoutTheDefectItEnds(_ name: String) async throws {
        let program = try EmberTool.start(["--scenario", name, "--repaired"])
        let end = ContinuousClock.now + .seconds(60)
        while program.process.isRunning && ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
        #expect(!program.process.isRunning)
        if program.process.isRunning { return }
        let failing: Set = ["async-never-created", "async-some-created", "fork-with-lock", "callback-own-queue"]
        #expect(program.finish().status == (failing.contains(name) ? 1 : 0))
    }

    private func check(_ sight: Sight, _ name: String) {
        let expected = Self.stuck[name] ?? []
        let busy = sight.waiting.filter { waiting in
            if waiting.object.map(Self.idle.contains) == true { return false }
            return waiting.object != "async work" || expected.contains { $0.object == "async work" }
        }
        if name == "livelock" {
            let functions = sight.functions(of: "main")
            #expect(functions.contains { $0.contains("RetriedRequest") }, "\(functions)")
            #expect(busy.allSatisfy { $0.thread == "main" }, "\(busy)")
            return
        }
        // Which of several workers it is that is elsewhere, is left to chance.
        let isOneOfMany = expected.contains { $0.thread == "async-worker" }
        let found = busy.map { waiting in
            isOneOfMany && waiting.thread.hasPrefix("async-worker-")
                ? Waiting("async-worker", waiting.kind, waiting.object) : waiting
        }
        #expect(found == expected, "\(found)")
        for (thread, owner) in Self.owners[name] ?? [:] { #expect(sight.owner(of: thread) == owner) }
        if name == "fork-with-lock" {
            // The owner is a thread of the parent.
            #expect(sight.thread("main")?.wait?.owner != nil && sight.owner(of: "main") == nil)
        }
    }

    /// The process to look at: the one of the line `process PID`, or the program itself.
    static func target(_ program: RunningProgram) -> Int32 {
        for line in program.output.split(separator: "\n") where line.hasPrefix("process ") {
            return Int32(line.dropFirst("process ".count)) ?? program.processIdentifier
        }
        return program.processIdentifier
    }
}
