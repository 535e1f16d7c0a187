import Capture
import DebugInfo
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

/// From a process to a snapshot, in this process: tests have many threads, and children are forked of one that has one.
@Suite struct LiveSourceTests {
    private func source(_ program: RunningProgram, verifiesUnwind: Bool = false) -> LiveSource {
        LiveSource(
            process: ProcessID(program.processIdentifier),
            analysis: AnalysisOptions(isIsolated: false, verifiesUnwind: verifiesUnwind))
    }

    @Test func threadsHaveStacksNamesAndWaits() throws {
        let program = try FixtureProgram(["cycles.c"]).start(["two-mutexes"])
        let snapshot = try source(program, verifiesUnwind: true).snapshot()
        let waiting = snapshot.threads.filter { $0.wait?.kind == .mutex }
        #expect(waiting.count == 2)
        #expect(Set(waiting.compactMap { $0.wait?.owner }) == Set(waiting.map(\.id)))
        for thread in waiting {
            let frames = snapshot.frames(of: thread)
            #expect(frames.contains { $0.function?.hasSuffix("pthread_mutex_lock") == true })
            #expect(frames.contains { $0.source.contains { $0.file?.hasSuffix("cycles.c") == true && $0.line != nil } })
            #expect(thread.stack.map { snapshot.stacks[$0].end } == .complete)
        }
        // libunwind has walked, and agrees.
        #expect(snapshot.gaps.filter { $0.operation.contains("libunwind") }.isEmpty, "\(snapshot.gaps)")
        #expect(snapshot.timing.steps.contains { $0.name == "walk with libunwind" })
        #expect(Set(snapshot.threads.compactMap(\.stack)) == Set(snapshot.stacks.indices))
    }

    @Test func samplesWalkTheStacksAgain() throws {
        let program = try FixtureProgram(["progress.c"]).start()
        var source = source(program)
        source.sampleCount = 10
        source.sampleIntervalNanoseconds = 11_000_000
        var snapshot: Snapshot?
        let took = try ContinuousClock().measure { snapshot = try source.snapshot() }
        let found = try #require(snapshot)
        // No moment is told twice.
        let told = found.timing.steps.reduce(0 as UInt64) { $0 + $1.nanoseconds }
        #expect(told > 110_000_000 && Duration.nanoseconds(Int64(told)) <= took)
        for name in ["unmoved", "polling", "moving", "running"] {
            let thread = try #require(found.threads.first { $0.name == name })
            #expect(thread.progress?.rawValue == name)
        }
    }
}
