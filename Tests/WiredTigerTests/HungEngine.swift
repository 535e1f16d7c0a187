import Foundation
import ProcessModel
import Testing
import WiredTigerCases

/// A run that hangs, and what must be true of it.
struct HungEngine {
    let run: EngineRun
    let build: EngineBuild

    init(_ run: EngineRun, _ build: EngineBuild) {
        self.run = run
        self.build = build
    }

    var main: ThreadID { ThreadID(run.processIdentifier) }

    /// Looks twice.
    func check() throws {
        let said = try run.output
        #expect(said.contains("opened\nclosing: ") && !said.contains("no error") && !said.contains("closed"))
        let first = try #require(try run.lookAtRest())
        let stuck = try check(first)
        usleep(300_000)
        let second = try #require(try run.lookAtRest())
        #expect(try check(second) == stuck)
        for (before, after) in zip(first.threads, second.threads) {
            #expect(before.id == after.id)
            #expect(Self.callers(before, first) == Self.callers(after, second), "\(after.id)")
        }
        for id in stuck {
            let before = try #require(Self.thread(id, first).counters)
            let after = try #require(Self.thread(id, second).counters)
            #expect(before.runs < after.runs, "\(id) waits with a timeout, and has not run meanwhile")
        }
        let waits = try [first, second].map { try waitsEver(in: $0) }
        #expect(waits[0] < waits[1])
        #expect(run.end(within: 0) == nil)
        #expect(try run.output == said)
    }

    /// What one look must show; the stuck threads: main, then those workers that exist.
    private func check(_ snapshot: Snapshot) throws -> [ThreadID] {
        let mainThread = try Self.thread(main, snapshot)
        let inFlush = names(mainThread, snapshot)
        let place = try #require(inFlush.firstIndex(of: "__wt_async_flush"), "\(inFlush)")
        #expect(place > 0 && inFlush[place - 1] == "__wt_cond_wait_signal", "\(inFlush)")
        let application = try #require(inFlush.firstIndex(of: "main"), "\(inFlush)")
        #expect(place < application, "\(inFlush)")

        let wait = mainThread.wait
        let flush = try #require(wait)
        #expect(flush.kind == .condition && flush.isTimed == true)
        let condition = try #require(flush.object.flatMap { snapshot.object($0) })
        let workers = snapshot.threads.filter { $0.id != main && $0.wait?.object == condition.id }
        #expect((1...3).contains(workers.count))
        for worker in workers {
            let functions = names(worker, snapshot)
            #expect(functions.contains("__wt_async_worker"), "\(functions)")
            #expect(worker.wait?.kind == .condition && worker.wait?.isTimed == true && worker.progress == .polling)
        }
        #expect(mainThread.progress == .polling)
        #expect(condition.wasEverSignalled == false)
        #expect(condition.waiters == workers.count + 1)

        // The engine's servers wait for other things.
        let others = snapshot.threads.filter { $0.id != main && $0.wait?.object != condition.id }
        #expect(others.count == 9)
        #expect(others.allSatisfy { !names($0, snapshot).contains("__wt_async_worker") })
        #expect(others.allSatisfy { $0.wait?.kind == .condition })
        return [main] + workers.map(\.id)
    }

    private func waitsEver(in snapshot: Snapshot) throws -> Int {
        let condition = try #require(Self.thread(main, snapshot).wait?.object.flatMap { snapshot.object($0) })
        let field = try #require(condition.fields.first { $0.name == "waits ever" })
        return try #require(Int(field.value))
    }

    static func thread(_ id: ThreadID, _ snapshot: Snapshot) throws -> ProcessModel.Thread {
        try #require(snapshot.threads.first { $0.id == id })
    }

    /// Where each caller goes on: what is the same at every look of a thread that makes the same call again and again.
    private static func callers(_ thread: ProcessModel.Thread, _ snapshot: Snapshot) -> [Address?] {
        snapshot.frames(of: thread).filter(\.isReturnAddress).map(\.pc)
    }

    /// The physical functions of a thread, innermost first; "?" for one without a name.
    private func names(_ thread: ProcessModel.Thread, _ snapshot: Snapshot) -> [String] {
        snapshot.frames(of: thread).map { $0.function ?? "?" }
    }
}
