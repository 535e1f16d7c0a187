import TestSupport
import Testing

@testable import SeededPrograms

/// The judge tells right, cannot tell and wrong apart, on results that are made up.
@Suite struct JudgeTests {
    private typealias Finding = ToolReport.Finding
    private typealias Line = (name: String, verdict: TruthVerdict)

    /// Threads 1, 2, ... stand for the lines in their order.
    private func judge(
        _ one: Truth.Class, _ lines: [Line], verdicts: [String], _ findings: [Finding], children: [ToolReport] = []
    ) -> Judgement {
        let threads = lines.enumerated().map { index, line in
            TruthThread(name: line.name, verdict: line.verdict, kind: .condition, line: index)
        }
        let truth = Truth(
            title: "", class: one, cause: nil, looksLike: nil, threads: threads, tasks: [], releases: [], flags: [],
            libraries: [], notes: [])
        let numbered = Dictionary(uniqueKeysWithValues: threads.enumerated().map { (Int32($0.offset + 1), $0.element) })
        let report = ToolReport(
            findings: findings,
            threads: verdicts.enumerated().map { ToolReport.Thread(tid: Int32($0.offset + 1), verdict: $0.element) })
        return Judge(truth: truth, lines: numbered).judge(report, children: children)
    }

    private static let flush: [Line] = [("main", .stuck), ("sweep", .idle)]

    @Test(arguments: [("proved", Judgement.Outcome.right), ("likely", .right), ("suspected", .suspected)])
    func whatIsFoundIsRight(confidence: String, outcome: Judgement.Outcome) {
        let verdict = confidence == "suspected" ? "waiting" : "stuck"
        let found = judge(
            .deadWait, Self.flush, verdicts: [verdict, "idle"],
            [Finding(rule: "dead-wait", confidence: confidence, threads: [1])])
        #expect(found.outcome == outcome && found.falseSuspicions.isEmpty)
    }

    @Test func whatIsNotFoundIsNotTold() {
        let none = judge(.deadWait, Self.flush, verdicts: ["waiting", "idle"], [])
        #expect(none.outcome == .cannotTell && none.reason.hasPrefix("main not found"))
        // A finding that says itself that it cannot tell is none.
        let weak = judge(
            .deadWait, Self.flush, verdicts: ["unknown", "idle"],
            [Finding(rule: "dead-wait", confidence: "cannotTell", threads: [1])])
        #expect(weak.outcome == .cannotTell)
    }

    /// As something else than it is, or only one of two.
    @Test func whatIsFoundInPartIsNotTold() {
        let other = judge(
            .orphanedLock, Self.flush, verdicts: ["stuck", "idle"],
            [Finding(rule: "dead-wait", confidence: "likely", threads: [1])])
        #expect(other.outcome == .cannotTell && other.reason == "found as dead-wait only")
        let half = judge(
            .deadlockCycle, [("one", .stuck), ("two", .stuck)], verdicts: ["stuck", "waiting"],
            [Finding(rule: "deadlock-cycle", confidence: "proved", threads: [1])])
        #expect(half.outcome == .cannotTell && half.reason.hasPrefix("two not found"))
    }

    @Test func whoWaitsBehindAStuckOneIsFound() {
        let both = judge(
            .deadlockCycle, [("one", .stuck), ("two", .stuck)], verdicts: ["stuck", "victim"],
            [Finding(rule: "deadlock-cycle", confidence: "proved", threads: [1], victims: [2])])
        #expect(both.outcome == .right)
    }

    @Test(arguments: ["stuck", "victim"]) func whoIsFineAndCalledStuckIsWrong(verdict: String) {
        let wrong = judge(
            .deadWait, Self.flush, verdicts: ["stuck", verdict],
            [Finding(rule: "dead-wait", confidence: "likely", threads: [1])])
        #expect(wrong.outcome == .wrong && wrong.reason.hasPrefix("sweep is idle, not \(verdict)"))
    }

    @Test func aClaimAboutWhoIsFineIsWrong() {
        let wrong = judge(
            .healthy, [("main", .waiting)], verdicts: ["waiting"],
            [Finding(rule: "dead-wait", confidence: "likely", threads: [1])])
        #expect(wrong.outcome == .wrong)
        // A thread that nobody has declared is fine.
        let stranger = judge(
            .deadWait, Self.flush, verdicts: ["stuck", "idle"],
            [Finding(rule: "dead-wait", confidence: "proved", threads: [1], victims: [9])])
        #expect(stranger.outcome == .wrong && stranger.reason.contains("undeclared"))
    }

    @Test func whoIsStuckAndCalledIdleIsWrong() {
        let wrong = judge(.deadWait, Self.flush, verdicts: ["idle", "idle"], [])
        #expect(wrong.outcome == .wrong && wrong.reason.hasPrefix("main is stuck, not idle"))
    }

    @Test func suspicionsOfWhoIsFineAreCounted() {
        let judgement = judge(
            .healthy, [("main", .waiting)], verdicts: ["waiting"],
            [Finding(rule: "dead-wait", confidence: "suspected", threads: [1])])
        #expect(judgement.outcome == .right)
        #expect(judgement.falseSuspicions == ["dead-wait is suspected of main"])
    }

    /// That a holder is slow says of nobody that he is stuck; of a healthy program it is said too surely at `likely`.
    @Test func aSlowHolderIsNoError() {
        for (confidence, count) in [("suspected", 0), ("likely", 1)] {
            let judgement = judge(
                .healthy, [("main", .waiting), ("holder", .outside)], verdicts: ["waiting", "outside"],
                [Finding(rule: "holder-blocked", confidence: confidence, threads: [2], victims: [1])])
            #expect(judgement.outcome == .right && judgement.falseSuspicions.count == count)
        }
    }

    /// What is wrong after a fork is wrong in the child.
    @Test func aChildIsLookedAt() {
        let child = ToolReport(
            findings: [Finding(rule: "fork-child-lock", confidence: "likely", threads: [7])],
            threads: [ToolReport.Thread(tid: 7, verdict: "stuck")])
        let lines: [Line] = [("main", .victim)]
        #expect(judge(.forkChildLock, lines, verdicts: ["outside"], [], children: [child]).outcome == .right)
        #expect(judge(.forkChildLock, lines, verdicts: ["outside"], []).outcome == .cannotTell)
        #expect(judge(.healthy, [("main", .outside)], verdicts: ["outside"], [], children: [child]).outcome == .wrong)
    }

    @Test func theTableCounts() {
        var count = AcceptanceTable.Count()
        for judgement in [
            Judgement(.right), Judgement(.suspected, falseSuspicions: ["a", "b"]), Judgement(.cannotTell),
            Judgement(.wrong),
        ] {
            count.add(judgement)
        }
        #expect(count.all == 4 && count.found == 2 && count[.suspected] == 1 && count[.wrong] == 1)
        #expect(count.falselySuspected == 1)
    }
}
