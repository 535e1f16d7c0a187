import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct CrashRuleTests {
    private func crash(_ crash: Crash) -> Assessment {
        var sketch = SnapshotSketch(source: .core)
        sketch.thread(100, state: .running, functions: ["read_page cache.c:12", "main bank.c:7"])
        sketch.thread(101, "idle", wait: .other(.sleep, "nanosleep", isTimed: true))
        sketch.edit { $0.crash = crash }
        return Assessment(of: sketch.snapshot)
    }

    @Test func aFaultIsNamedWithItsPlace() throws {
        let assessment = crash(Crash(signal: 11, code: 1, faultAddress: Address(0x8), thread: ThreadID(100)))
        let finding = try #require(assessment.findings.first)
        #expect(finding.rule.rawValue == "crash" && finding.confidence == .proved)
        #expect(
            finding.summary
                == "Thread 100 crashed in read_page (cache.c:12): SIGSEGV at address 0x8, memory that is not "
                + "there or not to be used so.")
        #expect(assessment.verdicts.map(\.verdict) == [.running, .outside])
        #expect(assessment.exitStatus == .finding)
    }

    @Test func anAbortOfItsOwnIsOne() {
        #expect(
            rules(crash(Crash(signal: 6, code: -6, sender: ProcessID(100), thread: ThreadID(100)))) == ["crash"])
    }

    @Test func aSignalFromOutsideIsNone() {
        let assessment = crash(Crash(signal: 6, code: 0, sender: ProcessID(4711), thread: ThreadID(100)))
        #expect(assessment.findings.isEmpty && assessment.exitStatus == .nothingStuck)
    }

    @Test func aThreadThatIsNotInTheSnapshotIsNone() {
        #expect(rules(crash(Crash(signal: 11, code: 1, thread: ThreadID(999)))).isEmpty)
        #expect(rules(crash(Crash(signal: 11, code: 1))).isEmpty)
    }
}
