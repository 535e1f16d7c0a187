import Testing

@testable import SignalMapChecks

/// A real engine is seen to wait and to signal, by the registry alone.
@Suite struct EngineWorkloadTests {
    @Test func whatLevelDBDoesIsSeenAndExplained() throws {
        let engine = EngineWorkload.levelDB(seconds: 3)
        let seen = try engine.observe()
        let files = try engine.modules
        #expect(seen.looks > 20)
        let objects = seen.objects.filter { !$0.waits.isEmpty && !$0.signals.isEmpty }
        #expect(!objects.isEmpty)
        // Writers wait for each other in the library itself.
        #expect(seen.sites(\.waits).contains { $0.module == files[0] })
        #expect(seen.sites(\.signals).contains { $0.module == files[0] })
        #expect(seen.creations.contains { $0.stack.contains { $0.module == files[1] } && !$0.firstCalls.isEmpty })

        let check = EngineCheck(seen, try CoarseMap.Maker().answers(for: files))
        #expect(check.misses.isEmpty, "\(check.misses)")
        #expect(check.waitSites.seen >= 3 && check.signalSites.seen >= 3 && check.pairs.seen >= 3)
        #expect(check.starts.explained > 0)

        // A map of the same calls that has other objects and start routines is wrong about each pair.
        let wrong = EngineCheck(seen, try CoarseMap.Maker(hasMatches: false, hasStarts: false).answers(for: files))
        #expect(wrong.misses.count { $0.what == .identity } == check.pairs.seen)
        #expect(wrong.misses.count { $0.what == .startRoutine } == check.starts.seen)
        #expect(wrong.pairs.explained == 0 && wrong.starts.explained == 0)
    }
}
