import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct DeadWaitTests {
    private func verdict(_ assessment: Assessment, _ id: Int32) -> ThreadVerdict? {
        assessment.verdicts.first { $0.thread == ThreadID(id) }
    }

    @Test func aRoleThatCouldNotBeCreatedIsLikely() throws {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        let assessment = engine.assessment
        #expect(rules(assessment) == ["dead-wait"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .likely)
        #expect(finding.threads == [ThreadID(100)])
        #expect(
            finding.summary
                == "Thread 100 can never be released: it waits for condition \"flush done\" (0x6000), which "
                + "only threads of role worker signal, and no live thread is one: 4 were wanted, 0 created.")
        #expect(finding.wouldRelease.map(\.role) == ["worker"] && finding.wouldRelease[0].status == .creationFailed)
        #expect(finding.evidence.contains { $0.fact.contains("could not be created (EAGAIN)") })
        #expect(
            finding.assumptions.contains { $0.hasPrefix("The engine is believed that threads of role worker alone") })
        #expect(verdict(assessment, 100)?.verdict == .stuck)
        #expect(verdict(assessment, 101)?.verdict == .idle)
        #expect(verdict(assessment, 101)?.reason.hasPrefix("waits for the next sweep, as its engine says") == true)
        #expect(assessment.exitStatus == .finding)
    }

    @Test func aRoleWhoseThreadsHaveEndedIsLikely() throws {
        var engine = DeclaredSketch()
        engine.sketch.ended(110, role: "worker")
        let finding = try #require(engine.assessment.findings.first)
        #expect(finding.rule.rawValue == "dead-wait" && finding.confidence == .likely)
        #expect(finding.wouldRelease.first?.status == .exited)
        #expect(finding.summary.hasSuffix("4 were wanted, 1 created, 1 ended."))
        #expect(finding.evidence.contains { $0.fact == "Thread 110 (worker) returned from its start routine 5 s ago." })
    }

    @Test func withoutATraceOfTheRoleItIsOnlySuspected() throws {
        let assessment = DeclaredSketch().assessment
        let finding = try #require(assessment.findings.first)
        #expect(finding.rule.rawValue == "dead-wait" && finding.confidence == .suspected)
        #expect(finding.summary.hasPrefix("Thread 100 may never be released"))
        #expect(verdict(assessment, 100)?.verdict == .waiting)
    }

    @Test func theCallThatWouldHaveCreatedThemAndFlushesInsteadIsATrace() throws {
        var engine = DeclaredSketch()
        engine.sketch.edit { snapshot in
            // The waiter's stack is a flush in close in main; who was wanted was said below the same call of close.
            let stack = snapshot.threads[0].stack ?? 0
            let caller = Frame(pc: Address(0x40_9000), isReturnAddress: true, trust: .cfi, module: 0)
            let outer = (0..<4).map {
                Frame(pc: Address(0x40_A000 + $0 * 16), isReturnAddress: true, trust: .cfi, module: 0)
            }
            for frame in [caller] + outer {
                snapshot.stacks[stack].frames.append(snapshot.frames.count)
                snapshot.frames.append(frame)
            }
            snapshot.registry?.stacks = [
                RecordedStack(addresses: [Address(0x40_7000), Address(0x40_9000), Address(0x40_A000)])
            ]
            let expected = snapshot.registry?.declarations.firstIndex {
                if case .expected = $0.statement { true } else { false }
            }
            if let expected { snapshot.registry?.declarations[expected].stack = 0 }
        }
        #expect(try #require(engine.assessment.findings.first).confidence == .likely)
        // Said by main itself, from which everything is called: no trace.
        engine.sketch.edit {
            $0.registry?.stacks = [RecordedStack(addresses: [Address(0x40_7000), Address(0x40_A030)])]
        }
        #expect(try #require(engine.assessment.findings.first).confidence == .suspected)
    }

    @Test func aNumberThatNobodySaidIsOnlySuspected() throws {
        var engine = DeclaredSketch(wanted: nil)
        engine.sketch.ended(110, role: "worker")
        #expect(try #require(engine.assessment.findings.first).confidence == .suspected)
    }

    @Test func whoHasCreatedOneMayCreateAnother() throws {
        var engine = DeclaredSketch()
        engine.sleeper(102, role: "manager")
        engine.sketch.ended(110, role: "worker", creator: 102)
        let finding = try #require(engine.assessment.findings.first)
        #expect(finding.confidence == .suspected)
        #expect(finding.assumptions.contains { $0.contains("102 (manager) has created threads of role worker before") })
    }

    @Test func aLiveThreadOfTheRoleIsWaitedFor() {
        var engine = DeclaredSketch()
        engine.sleeper(102, role: "worker")
        let assessment = engine.assessment
        #expect(rules(assessment).isEmpty)
        #expect(assessment.verdicts[0].verdict == .waiting)
        #expect(
            assessment.verdicts[0].reason == "waits for condition \"flush done\", which threads of role worker signal: "
                + "thread 102 (worker) is in clock_nanosleep()")
        #expect(assessment.exitStatus == .nothingStuck && assessment.ownerless == 0)
    }

    @Test func oneThatWasSeenToSignalItCounts() {
        var engine = DeclaredSketch()
        engine.sleeper(102, role: "other")
        engine.sketch.ended(110, role: "worker")
        engine.sketch.edit { snapshot in
            if let index = snapshot.registry?.objects.firstIndex(where: { $0.address.rawValue == 0x6000 }) {
                snapshot.registry?.objects[index].lastSignaller = ThreadID(102)
                snapshot.registry?.objects[index].signals = 1
            }
        }
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func oneWhoseLikesWereSeenToSignalItCounts() {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sleeper(102, role: "other")
        let routine = Address(0x40_2000)
        engine.sketch.edit { snapshot in
            if let index = snapshot.registry?.threads.firstIndex(where: { $0.id == ThreadID(102) }) {
                snapshot.registry?.threads[index].startRoutine = routine
            }
        }
        #expect(rules(engine.assessment) == ["dead-wait"])
        engine.sketch.edit { snapshot in
            if let index = snapshot.registry?.objects.firstIndex(where: { $0.address.rawValue == 0x6000 }) {
                snapshot.registry?.objects[index].sites = [SignallingSite(startRoutine: routine)]
            }
        }
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func whoWasWokenAndTakesItsMutexAgainWaitsNoMore() {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sleeper(102, role: "other")
        #expect(rules(engine.assessment) == ["dead-wait"])
        engine.sketch.edit { $0.threads[0].wait = .mutex(at: 0x7000, owner: 102) }
        #expect(rules(engine.assessment) == ["slow-but-alive"])
    }

    @Test func aThreadTooYoungToHaveARoleCounts() {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sleeper(102, role: nil, created: 9_500_000_000)
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func aThreadThatIsNotRegisteredCounts() {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sketch.thread(102, wait: .other(.sleep, "nanosleep", isTimed: true))
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func aRoleThatTheEngineDoesNotMakeMayBeAnybodys() {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sketch.declare(.signaller(role: "application"), of: DeclaredSketch.flushed)
        engine.sleeper(102, role: nil)
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func theOnlyOneOfTheRoleIsTheWaiterItself() throws {
        var engine = DeclaredSketch(wanted: 1)
        engine.waiter(102, role: "worker", on: DeclaredSketch.flushed)
        let finding = try #require(engine.assessment.findings.first)
        #expect(finding.rule.rawValue == "dead-wait" && finding.confidence == .likely)
        #expect(finding.threads == [ThreadID(100), ThreadID(102)])
    }

    @Test func aSignallerThatNeedsTheWaitersLock() throws {
        var engine = DeclaredSketch(wanted: 1)
        engine.locked(102, role: "worker", mutex: 0x7000, owner: 100)
        let assessment = engine.assessment
        #expect(rules(assessment) == ["dead-wait"])
        let finding = try #require(assessment.findings.first)
        #expect(finding.confidence == .likely && finding.victims == [ThreadID(102)])
        #expect(finding.summary.hasSuffix("and those that are alive wait themselves: thread 102 (worker)."))
        #expect(finding.wouldRelease.first?.why == "102 (worker), which waits for mutex 0x7000, held by 100")
    }

    @Test func behindALockCycleItIsAConsequence() throws {
        var engine = DeclaredSketch(wanted: 1)
        engine.locked(102, role: "worker", mutex: 0x7000, owner: 103)
        engine.locked(103, role: "other", mutex: 0x7100, owner: 102)
        let assessment = engine.assessment
        #expect(rules(assessment) == ["deadlock-cycle", "dead-wait"])
        #expect(assessment.findings.last?.effect == .consequence)
        #expect(verdict(assessment, 100)?.verdict == .victim)
    }

    @Test func aSignallerBehindALockOfALiveThreadIsAlive() {
        var engine = DeclaredSketch(wanted: 1)
        engine.locked(102, role: "worker", mutex: 0x7000, owner: 103)
        engine.sleeper(103, role: "other")
        #expect(!rules(engine.assessment).contains("dead-wait"))
    }

    @Test func aWaitThatHasNotTimedOutYetMayEnd() {
        var engine = DeclaredSketch(timeouts: 0)
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func oneTimeoutIsOnlySuspected() throws {
        var engine = DeclaredSketch(timeouts: 1)
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        #expect(try #require(engine.assessment.findings.first).confidence == .suspected)
    }

    @Test func anUntimedWaitNeedsNone() throws {
        var engine = DeclaredSketch(timeouts: nil)
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        #expect(try #require(engine.assessment.findings.first).confidence == .likely)
    }

    @Test(arguments: [RegisteredWait.Check.stale, .later])
    func aWaitThatTheKernelDoesNotConfirmIsNone(check: RegisteredWait.Check) {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sketch.edit { $0.registry?.threads[0].wait?.check = check }
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func aSharedConditionMayBeSignalledFromOutside() {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sketch.edit { snapshot in
            for index in (snapshot.registry?.objects ?? []).indices {
                snapshot.registry?.objects[index].isShared = true
            }
        }
        #expect(rules(engine.assessment).isEmpty)
    }

    @Test func whatTheRegistryLostLowers() throws {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sketch.edit { $0.registry?.counters.threadsDropped = 3 }
        #expect(try #require(engine.assessment.findings.first).confidence == .suspected)
    }

    @Test func anIncompleteListOfThreadsLowers() throws {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.sketch.gap(.process, "list all threads", "too many came and went")
        #expect(try #require(engine.assessment.findings.first).confidence == .suspected)
    }

    @Test func anIdleSignallerIsSuspectedInACallOnly() throws {
        var engine = DeclaredSketch()
        engine.waiter(102, role: "worker", on: DeclaredSketch.work, idle: "waits for work")
        #expect(rules(engine.assessment).isEmpty)
        engine.sketch.declare(.call(name: "close", thread: ThreadID(100), serial: 100))
        let assessment = engine.assessment
        let finding = try #require(assessment.findings.first)
        #expect(finding.rule.rawValue == "dead-wait" && finding.confidence == .suspected)
        #expect(
            finding.summary.hasSuffix("and the only one that is alive, thread 102 (worker), is idle: waits for work."))
        #expect(verdict(assessment, 100)?.verdict == .waiting)
    }

    @Test func anIdleSignallerMayNotHaveNoticedItsWorkYet() {
        for (timeouts, expected) in [(4, []), (5, ["dead-wait"])] as [(UInt32, [String])] {
            var engine = DeclaredSketch(timeouts: timeouts)
            engine.waiter(102, role: "worker", on: DeclaredSketch.work, idle: "waits for work")
            engine.sketch.declare(.call(name: "close", thread: ThreadID(100), serial: 100))
            #expect(rules(engine.assessment) == expected)
        }
    }

    @Test func whoIsOwedAnAnswerIsNamedFirst() throws {
        var engine = DeclaredSketch()
        engine.sketch.failed(routine: 0x40_1000, role: nil)
        engine.waiter(102, "late", on: DeclaredSketch.flushed)
        engine.waiter(103, "early", on: DeclaredSketch.flushed)
        engine.sketch.declare(
            .call(name: "flush", thread: ThreadID(103), serial: 103), since: 4_000_000_000)
        engine.sketch.declare(
            .call(name: "flush", thread: ThreadID(102), serial: 102), since: 6_000_000_000)
        let finding = try #require(engine.assessment.findings.first)
        #expect(finding.threads == [ThreadID(103), ThreadID(102), ThreadID(100)])
        #expect(
            finding.evidence.first?.fact
                == "The application has been waiting for its call \"flush\" for 6 s: thread 103 (early) is in it.")
    }

    @Test func withoutARegistryNothingIsClaimed() {
        var engine = DeclaredSketch()
        engine.sketch.edit { $0.registry = nil }
        let assessment = engine.assessment
        #expect(assessment.findings.isEmpty && assessment.ownerless == 2)
    }
}
