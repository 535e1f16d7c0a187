import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct LostWakeupTests {
    /// A worker waits for work, without a timeout, which the application would signal; the word says that there is some.
    /// Main waits for the worker.
    private func engine(
        word: UInt64? = 1, second: UInt64? = 1, look: RegisteredWait.SecondLook? = Self.same, timeouts: UInt32? = nil,
        source: ProcessInfo.Source = .live
    ) -> DeclaredSketch {
        var engine = DeclaredSketch(source: source, wanted: 1)
        engine.sketch.declare(.signaller(role: "application"), of: DeclaredSketch.work)
        engine.sketch.declare(
            .predicate(address: Address(0x9000), mask: 0xFFFF_FFFF, value: 1, bytes: 4), of: DeclaredSketch.work,
            word: word, secondWord: second)
        engine.waiter(102, role: "worker", on: DeclaredSketch.work, timeouts: timeouts, idle: "waits for work")
        engine.sketch.edit { $0.registry?.threads[2].wait?.secondLook = look }
        return engine
    }

    private static let same = RegisteredWait.SecondLook(
        nanosecondsLater: 100_000_000, isOnSameObject: true, isSameWait: true, timeoutsInARow: 0)

    @Test func trueAtTwoLooksWithNobodyToSignalIsLikely() throws {
        let assessment = engine().assessment
        #expect(rules(assessment) == ["lost-wakeup"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .likely)
        #expect(finding.threads == [ThreadID(102)] && finding.victims == [ThreadID(100)])
        #expect(
            finding.summary == "Thread 102 (worker) waits for condition \"work\" (0x6200), but what it waits for is so "
                + "already: the signal was given before the wait began, or never.")
        #expect(
            finding.evidence.contains {
                $0.fact == "The wait is for the 4-byte word at 0x9000 to be 1; it is 1. So it was 100 ms later, too."
            })
        #expect(assessment.verdicts.map(\.verdict) == [.victim, .idle, .stuck])
    }

    @Test func oneWhoMaySignalOnceMoreMakesItSuspected() throws {
        var engine = engine()
        engine.sleeper(103, role: nil)
        let finding = try #require(engine.assessment.findings.first { $0.rule.rawValue == "lost-wakeup" })
        #expect(finding.confidence == .suspected)
        #expect(finding.assumptions.contains { $0.hasSuffix("may still signal it, as others may.") })
    }

    @Test func aFalsePredicateIsNone() {
        #expect(rules(engine(word: 0, second: 0).assessment).isEmpty)
        #expect(rules(engine(word: 1, second: 0).assessment).isEmpty)
    }

    @Test func onlyTheMaskedBitsCount() {
        #expect(rules(engine(word: 0x1_0000_0001, second: 1).assessment) == ["lost-wakeup"])
    }

    @Test func aThreadThatHasGoneOnIsNone() {
        let other = RegisteredWait.SecondLook(
            nanosecondsLater: 100_000_000, isOnSameObject: true, isSameWait: false, timeoutsInARow: 0)
        #expect(rules(engine(look: other).assessment).isEmpty)
        #expect(rules(engine(look: nil).assessment).isEmpty)
    }

    @Test func aTimedWaitThatCameBackIsSuspected() throws {
        let later = RegisteredWait.SecondLook(
            nanosecondsLater: 100_000_000, isOnSameObject: true, isSameWait: false, timeoutsInARow: 4)
        let finding = try #require(engine(look: later, timeouts: 3).assessment.findings.first)
        #expect(finding.rule.rawValue == "lost-wakeup" && finding.confidence == .suspected)
        #expect(rules(engine(look: later, timeouts: 4).assessment).isEmpty)
    }

    @Test func aCoreIsOneMoment() throws {
        let finding = try #require(engine(second: nil, look: nil, source: .core).assessment.findings.first)
        #expect(finding.rule.rawValue == "lost-wakeup" && finding.confidence == .suspected)
    }

    @Test func anUnreadableWordIsNone() {
        #expect(rules(engine(word: nil, second: nil).assessment).isEmpty)
    }
}
