import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct QuorumShortTests {
    /// Main waits for four arrivals; three workers live, of whom `waiting` wait with it.
    private func engine(arrived: UInt64?, waiting: Int, live: Int = 3, failed: Bool = true) -> DeclaredSketch {
        var engine = DeclaredSketch()
        engine.sketch.declare(
            .quorum(role: "worker", count: 4, arrived: Address(0x9000), bytes: 4), of: DeclaredSketch.flushed,
            word: arrived)
        for number in 0..<live {
            if number < waiting {
                engine.waiter(Int32(110 + number), role: "worker", on: DeclaredSketch.flushed)
            } else {
                engine.waiter(
                    Int32(110 + number), role: "worker", on: DeclaredSketch.work, timeouts: nil, idle: "waits for work")
            }
        }
        if failed { engine.sketch.failed(routine: 0x40_1000, role: "worker") }
        return engine
    }

    @Test func threeOfFourHaveComeAndNobodyIsLeft() throws {
        let assessment = engine(arrived: 3, waiting: 3).assessment
        #expect(rules(assessment) == ["quorum-short"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .likely)
        #expect(finding.threads.map(\.rawValue) == [100, 110, 111, 112])
        #expect(
            finding.summary.hasSuffix(
                "until 4 threads of role worker have come; 3 have arrived, and none is left that could (4 were wanted, 3 "
                    + "are alive, 1 could not be created)."))
        #expect(finding.wouldRelease.first?.status == .creationFailed)
        #expect(finding.evidence.contains { $0.fact.contains("could not be created (EAGAIN)") })
        #expect(assessment.verdicts.filter { $0.verdict == .stuck }.count == 4)
    }

    @Test func whoHasArrivedDoesNotComeAgain() {
        // One of those that have arrived has gone back to its queue.
        #expect(rules(engine(arrived: 3, waiting: 2).assessment) == ["quorum-short"])
    }

    @Test func oneThatCanStillComeIsWaitedFor() {
        let assessment = engine(arrived: 3, waiting: 3, live: 4).assessment
        #expect(rules(assessment).isEmpty)
        #expect(assessment.verdicts.allSatisfy { $0.verdict == .waiting || $0.verdict == .idle })
    }

    @Test func tooFewThatCanStillCome() {
        #expect(rules(engine(arrived: 1, waiting: 1).assessment) == ["quorum-short"])
        #expect(rules(engine(arrived: 1, waiting: 1, live: 4).assessment).isEmpty)
    }

    @Test func thoseThatHaveEndedMayBeAmongThoseThatHaveArrived() {
        var engine = engine(arrived: 1, waiting: 0, live: 3)
        #expect(rules(engine.assessment) == ["quorum-short"])
        engine.sketch.ended(120, role: "worker")
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func aCompleteQuorumIsNotShort() {
        #expect(rules(engine(arrived: 4, waiting: 3, failed: false).assessment).contains("quorum-short") == false)
    }

    @Test func withoutATraceOfTheMissingOneItIsOnlySuspected() throws {
        let finding = try #require(engine(arrived: 3, waiting: 3, failed: false).assessment.findings.first)
        #expect(finding.rule.rawValue == "quorum-short" && finding.confidence == .suspected)
    }

    @Test func anUnreadableCountIsOnlySuspected() throws {
        let finding = try #require(engine(arrived: nil, waiting: 3).assessment.findings.first)
        #expect(finding.rule.rawValue == "quorum-short" && finding.confidence == .suspected)
        #expect(finding.assumptions.contains("How many have arrived so far is not known."))
        #expect(rules(engine(arrived: nil, waiting: 2).assessment).isEmpty)
    }

    @Test func aWorkerThatWaitsForItsOwnQuorum() throws {
        // All four live; the fourth flushes from its own callback.
        let finding = try #require(engine(arrived: 3, waiting: 4, live: 4, failed: false).assessment.findings.first)
        #expect(finding.rule.rawValue == "quorum-short" && finding.confidence == .likely)
        #expect(finding.nextStep == "Do not let a thread of role worker wait for a quorum that it belongs to.")
    }

    @Test func withoutAnyOfTheRoleItIsADeadWait() {
        #expect(rules(engine(arrived: 0, waiting: 0, live: 0).assessment) == ["dead-wait"])
    }
}
