import Capture
import Foundation
import ProcessModel
import TestSupport
import Testing
import WiredTigerCases

/// That what is called a hang is one: for good, of main and of those async workers that exist, in the flush.
@Suite struct HungEngineTests {
    @Test(arguments: EngineBuild.allCases)
    func someLimitOfTheAddressSpaceHangsIt(build: EngineBuild) throws {
        let found = try TroubleSearch(build).hangByLimit()
        #expect(found.outcome.isHang)
        try HungEngine(found.run, build).check()
    }

    @Test(arguments: EngineBuild.allCases)
    func someFailingThreadCreationHangsIt(build: EngineBuild) throws {
        let found = try TroubleSearch(build).hangByCreation()
        try HungEngine(found.run, build).check()
        #expect(try found.run.errors.contains("pthread_create: Resource temporarily unavailable"))
    }

    @Test func someLimitOfTheAddressSpaceCrashesIt() throws {
        let found = try TroubleSearch().crashByLimit()
        #expect(found.outcome == .crash(signal: SIGSEGV))
        #expect(found.run.end(within: 0) == .killed(signal: SIGSEGV))
        let core = try EngineCore(ofCrash: .debian)
        let snapshot = try CoreSource(
            path: core.path, analysis: AnalysisOptions(isIsolated: false)
        ).snapshot()
        let signal = snapshot.crash?.signal
        #expect(signal == Int(SIGSEGV))
        // In the engine, on an error path of a call that the application has made.
        let crashed = try #require(snapshot.threads.first { $0.id == snapshot.crash?.thread })
        let functions = snapshot.frames(of: crashed).map { $0.function ?? "?" }
        #expect(functions.first?.hasPrefix("__wt_") == true && functions.contains("main"), "\(functions)")
    }

    /// The runtime saw the creation that failed, and of what: the engine's own message does not say so.
    @Test(arguments: [WiredTigerCase.hang, .failedCreation])
    func theRuntimeNamesTheWorkerThatWasNotCreated(state: WiredTigerCase) throws {
        let run = try state.start(environment: RuntimeLibrary.environment())
        let engine = HungEngine(run, .debian)
        try engine.check()
        let registry = try #require(try run.lookAtRest()?.registry)
        let failure = try #require(registry.failures.first)
        #expect(failure.error == EAGAIN && failure.creator == engine.main)
        // The engine tries ten times.
        #expect(registry.counters.failures == 10)
        for other in registry.failures { #expect(other.startRoutine == failure.startRoutine && other.error == EAGAIN) }
        let routine = try #require(failure.startRoutine)
        #expect(registry.frame(at: routine, isReturnAddress: false)?.function == "__wt_async_worker")
        let stack = try #require(registry.stack(failure.stack)).addresses
        let functions = stack.map { registry.frame(at: $0, isReturnAddress: true)?.function }
        #expect(functions.first == "__wt_thread_create", "\(functions)")
        #expect(functions.contains("main"), "\(functions)")
        let use = try #require(registry.starts.first { $0.address == routine })
        #expect(use.failed == 10 && (1...3).contains(use.live) && use.created == use.live)
        let workers = registry.threads.filter { $0.startRoutine == routine }
        #expect(workers.count == Int(use.live))
        let flush = try #require(registry.threads.first { $0.isMain }?.wait)
        #expect(flush.kind == .condition && workers.allSatisfy { $0.wait?.object == flush.object })
        let condition = try #require(registry.objects.first { $0.address == flush.object })
        #expect(condition.signals == 0 && condition.broadcasts == 0 && condition.timeouts > 0)
    }
}
