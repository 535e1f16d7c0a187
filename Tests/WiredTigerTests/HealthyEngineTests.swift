import Foundation
import ProcessModel
import TestSupport
import Testing
import WiredTigerCases

/// That what looks like a hang, or does not, goes on and ends by itself.
@Suite struct HealthyEngineTests {
    @Test(arguments: EngineBuild.allCases, [false, true])
    func aNormalRunEndsWell(build: EngineBuild, withRuntime: Bool) throws {
        let environment = withRuntime ? try RuntimeLibrary.environment() : [:]
        let (run, outcome) = try TroubleSearch(build, environment: environment).attempt(nil)
        let errors = try run.errors
        #expect(outcome == .ok, "\(errors)")
        #expect(try run.output == "opened\nclosing: no error\nclosed: no error\n")
    }

    @Test(arguments: [false, true])
    func anIdleEngineIsNotAccused(withRuntime: Bool) throws {
        let run = try Self.start(.idle, withRuntime)
        // All that stands in the hang stands here, too, but for main.
        let snapshot = try #require(try run.lookAtRest())
        #expect(snapshot.threads.count == 14)
        #expect(try HungEngine.thread(ThreadID(run.processIdentifier), snapshot).wait?.kind == .signal)
        try Self.accuseNobody(run)
        run.tellToEnd()
        #expect(run.end(within: 30) == .exited(0))
    }

    @Test(arguments: [false, true])
    func aBusyEngineIsNotAccused(withRuntime: Bool) throws {
        let run = try Self.start(.busy, withRuntime)
        let snapshot = try #require(try run.look())
        #expect(snapshot.threads.count == 16)
        let moving = snapshot.threads.count { $0.progress == .moving || $0.progress == .running }
        #expect(moving > 0)
        try Self.accuseNobody(run)
        run.tellToEnd()
        #expect(run.end(within: 30) == .exited(0))
    }

    @Test(arguments: [false, true])
    func aFlushThatWaitsForASlowCallbackIsNotAccused(withRuntime: Bool) throws {
        let run = try Self.start(.slowCallback, withRuntime)
        let snapshot = try #require(try run.lookAtRest())
        #expect(snapshot.threads.count == 14)
        let main = Self.functions(run.processIdentifier, snapshot)
        let place = try #require(main.firstIndex(of: "__wt_async_flush"), "\(main)")
        #expect(main[place - 1] == "__wt_cond_wait_signal" && main.contains("main"))
        let flush = try HungEngine.thread(ThreadID(run.processIdentifier), snapshot).wait?.object
        // Three workers have come by and wait for the fourth, as main does.
        let workers = snapshot.threads.filter { Self.functions($0.id.rawValue, snapshot).contains("__wt_async_worker") }
        #expect(workers.count == 4 && workers.count { flush != nil && $0.wait?.object == flush } == 3)
        let late = try #require(workers.first { $0.wait?.object != flush })
        #expect(Self.functions(late.id.rawValue, snapshot).contains("take_long") && late.wait?.kind == .sleep)
        try Self.accuseNobody(run)
        run.tellToEnd()
        #expect(run.end(within: 30) == .exited(0))
    }

    private static func start(
        _ state: WiredTigerCase, _ withRuntime: Bool
    ) throws -> EngineRun {
        try state.start(environment: withRuntime ? RuntimeLibrary.environment() : [:])
    }

    /// Twice here; often: `swift run deadwait-wiredtiger attach`.
    private static func accuseNobody(_ run: EngineRun) throws {
        for _ in 0..<2 {
            let (status, output) = try TestSupport.run([DeadwaitTool.executable, "attach", "\(run.processIdentifier)"])
            #expect(status == 0, "\(output)")
        }
        #expect(run.end(within: 0) == nil)
    }

    private static func functions(_ id: Int32, _ snapshot: Snapshot) -> [String] {
        guard let thread = snapshot.threads.first(where: { $0.id.rawValue == id }) else { return [] }
        return snapshot.frames(of: thread).compactMap(\.function)
    }
}
