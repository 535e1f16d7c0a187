import Diagnosis
import ProcessModel
import TestSupport
import Testing

/// A handler that calls what its signal interrupted.
@Suite struct InterruptedLibraryTests {
    /// `inner` is the handler's part of the stack, `outer` what the signal interrupted; innermost first.
    private func assessment(
        _ inner: [String], _ outer: [String], kind: WaitKind = .futex, hasSignal: Bool = true
    ) -> Assessment {
        var snapshot = Snapshot(process: ProcessInfo(id: nil, source: .text))
        func add(_ name: String, isSignal: Bool = false) {
            snapshot.frames.append(
                Frame(
                    pc: nil, isReturnAddress: true, trust: .text, isSignalFrame: isSignal,
                    source: isSignal ? [] : [SourceFrame(function: name)]))
        }
        for name in inner { add(name) }
        if hasSignal { add("", isSignal: true) }
        for name in outer { add(name) }
        snapshot.stacks = [Stack(frames: Array(snapshot.frames.indices), end: .complete)]
        var thread = Thread(
            id: ThreadID(7), state: .sleeping, instant: Instant(start: 0, end: 0, proof: .text), stack: 0)
        thread.wait = Wait(kind: kind, summary: "futex", sources: [.text])
        snapshot.threads = [thread]
        return Assessment(of: snapshot)
    }

    @Test(arguments: [
        (["__lll_lock_wait_private", "__GI___libc_malloc", "report", "on_crash"], ["_int_free", "free", "main"]),
        (["__lll_lock_wait_private", "_IO_puts", "on_alarm"], ["__GI__IO_fflush", "save", "main"]),
        (["__lll_lock_wait", "_dl_open", "dlopen", "on_usr1"], ["_dl_close_worker", "dlclose", "main"]),
    ])
    func aHandlerInTheCodeThatItInterruptedIsSuspected(_ inner: [String], _ outer: [String]) throws {
        let found = try #require(assessment(inner, outer).findings.first)
        #expect(found.rule.rawValue == "self-deadlock" && found.confidence == .suspected)
        #expect(found.summary.contains("signal handler \(inner.last ?? "")"))
        #expect(found.assumptions.contains { $0.contains("name no owner") })
    }

    @Test func nearMissesStayQuiet() {
        let inner = ["__lll_lock_wait_private", "__GI___libc_malloc", "on_crash"]
        // The signal interrupted a sleep, or another family; there was no signal; the wait is no lock's.
        #expect(assessment(inner, ["__poll", "loop", "main"]).findings.isEmpty)
        #expect(assessment(inner, ["_IO_puts", "main"]).findings.isEmpty)
        #expect(assessment(inner, ["free", "main"], hasSignal: false).findings.isEmpty)
        #expect(assessment(inner, ["free", "main"], kind: .condition).findings.isEmpty)
        // The allocator far out, long before the interrupted code.
        #expect(assessment(inner, ["poll", "a", "b", "c", "d", "free", "main"]).findings.isEmpty)
    }

    @Test func aStackWithoutNamesSaysNothing() {
        #expect(assessment([], [], hasSignal: true).findings.isEmpty)
    }
}
