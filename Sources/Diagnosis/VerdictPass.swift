import ProcessModel

/// Says of each thread what it is up to. What no owner proves is "waiting" or "unknown".
struct VerdictPass {
    let context: RuleContext
    private let memberOf: [ThreadID: Int]
    private let victimOf: [ThreadID: Int]
    private let findings: [Finding]
    private let declared: DeclaredVerdicts?
    private let mapped: SignalVerdicts?

    init(context: RuleContext, findings: [Finding]) {
        self.context = context
        self.findings = findings
        var members: [ThreadID: Int] = [:]
        var victims: [ThreadID: Int] = [:]
        for (number, finding) in findings.enumerated() {
            for id in finding.threads where members[id] == nil { members[id] = number }
            for id in finding.victims where victims[id] == nil { victims[id] = number }
        }
        memberOf = members
        victimOf = victims
        declared = DeclaredVerdicts(context)
        mapped = SignalVerdicts(context)
    }

    func verdicts() -> [ThreadVerdict] {
        context.index.snapshot.threads.indices.map { position in
            let thread = context.index.snapshot.threads[position]
            let (verdict, reason) = judge(thread, at: position)
            return ThreadVerdict(
                thread: thread.id, verdict: verdict, reason: reason,
                isUnjudged: verdict == .waiting && waitsForProgram(position) && declared?.isJudged(thread.id) != true
                    && mapped?.judge(position)?.isJudged != true)
        }
    }

    /// It waits for something without an owner, which the program itself must bring about.
    private func waitsForProgram(_ position: Int) -> Bool {
        guard let node = context.graph.edges[position]?.releasers.first else { return false }
        return context.graph.nodes[node] == .outside(.program)
    }

    private func judge(_ thread: Thread, at position: Int) -> (Verdict, String) {
        if let number = memberOf[thread.id] {
            let finding = findings[number]
            switch (finding.effect, finding.confidence) {
            case (.delay, _): break
            case (.crash, _): return (.running, "crashed: finding \(number + 1)")
            case (.consequence, .likely...): return (.victim, consequence(number, finding))
            case (.stuck, .likely...): return (.stuck, "\(finding.rule), finding \(number + 1)")
            case (_, .suspected): return (.waiting, "may be stuck: \(finding.rule), finding \(number + 1)")
            default: return (.unknown, "may be stuck: \(finding.rule), finding \(number + 1)")
            }
        }
        if let number = victimOf[thread.id] {
            let finding = findings[number]
            if finding.effect == .delay || finding.confidence < .likely {
                return (.waiting, behind(number, finding))
            }
            return (.victim, behind(number, finding))
        }
        if let crash = context.index.snapshot.crash, crash.thread == thread.id, thread.wait == nil {
            return (.running, "was ended by signal \(crash.signal)")
        }
        if context.index.snapshot.crash != nil, context.index.snapshot.process.source == .live {
            // A process that is about to end of a signal is held still as a whole.
            if thread.state == .stopped { return (.outside, "ends with the process") }
        }
        switch thread.state {
        case .running: return (.running, "on a CPU or ready to run")
        case .stopped: return (.outside, "stopped by a signal; SIGCONT lets it go on")
        case .tracingStop: return (.outside, "stopped by a debugger or tracer")
        case .zombie, .dead: return (.idle, "has exited; its entry stays until the process ends")
        case .idle, .parked: return (.idle, "a kernel thread without work")
        case .sleeping, .diskSleep, .unknown: break
        }
        if thread.progress == .running || thread.progress == .moving { return (.running, "moved between two looks") }
        guard let wait = thread.wait else {
            if thread.state == .diskSleep { return (.outside, "in the kernel, uninterruptible") }
            return (
                .unknown,
                context.index.gaps(about: thread.id).first.map { "could not \($0.operation): \($0.reason)" }
                    ?? "what it waits for is not known"
            )
        }
        return judge(thread, wait, at: position)
    }

    private func judge(_ thread: Thread, _ wait: Wait, at position: Int) -> (Verdict, String) {
        guard let edge = context.graph.edges[position], let releaser = edge.releasers.first else {
            return (.unknown, "what it waits for is not known")
        }
        if let said = declared?.judge(thread) { return said }
        if let said = mapped?.judge(position) { return (said.verdict, said.reason) }
        let wording = context.wording
        let goal = wording.goal(kind: wait.kind, object: wait.object, owner: wait.owner)
        switch context.graph.nodes[releaser] {
        case .thread(let owner) where owner == thread.id:
            return (.unknown, "seems to wait for \(goal), which it holds and may take again: two moments were mixed")
        case .thread(let owner):
            let state = occupation(of: owner)
            if wait.kind == .join { return (.waiting, "joins thread \(wording.thread(owner)), which \(state)") }
            return (.waiting, "\(goal) is held by thread \(wording.thread(owner)), which \(state)")
        case .absent(let owner):
            if wait.kind == .join { return (.unknown, "joins thread \(owner), which has just ended") }
            return (.outside, "\(goal) is process-shared and held outside, by thread \(owner) of another process")
        case .counted(let object):
            let readers = context.index.object(object)?.anonymousHolders ?? 0
            return (
                .waiting,
                "\(goal) is held by \(readers) \(readers == 1 ? "reader" : "readers"); "
                    + "it counts them and does not name them"
            )
        case .outside(.program) where wait.kind.isOwned:
            if let object = wait.object.flatMap({ context.index.object($0) }), object.isFreeByItsFields {
                return (.waiting, "waits for \(goal), which nobody held when it was read: it is being handed on")
            }
            return (.unknown, "waits for \(goal), whose owner is not known")
        case .outside(let outside):
            return (outside == .program ? .waiting : .outside, reason(outside, wait, goal))
        }
    }

    /// What a thread that is not stuck does instead of letting the other one go on.
    private func occupation(of id: ThreadID) -> String {
        guard let thread = context.index.thread(id) else { return "is not stuck" }
        let waitsForNoThread = thread.wait.map { $0.object == nil && $0.kind != .join } ?? false
        return thread.isSeenRunning || waitsForNoThread ? context.wording.doing(thread) : "is not stuck"
    }

    private func reason(_ outside: WaitGraph.Outside, _ wait: Wait, _ goal: String) -> String {
        switch outside {
        case .timer: return "sleeps; a timer ends it"
        case .signal: return "waits for a signal to the process"
        case .otherProcess: return "waits for another process: \(wait.summary)"
        case .io: return "waits for I/O: \(wait.summary)"
        case .program: break
        }
        return "waits for \(goal); who could end that is not known"
    }

    private func consequence(_ number: Int, _ finding: Finding) -> String {
        let cause = finding.chain.first.map { "waits behind thread \(context.wording.thread($0.owner)): " } ?? ""
        return "\(cause)\(finding.rule), finding \(number + 1)"
    }

    private func behind(_ number: Int, _ finding: Finding) -> String {
        if finding.endsByItself, let holder = finding.threads.first, let thread = context.index.thread(holder) {
            return "not stuck: waits for thread \(context.wording.thread(holder)), which "
                + "\(context.wording.doing(thread))\(context.wording.inPlace(holder)): \(finding.rule), finding \(number + 1)"
        }
        return "waits behind \(context.wording.threads(finding.threads)): \(finding.rule), finding \(number + 1)"
    }
}

extension SyncObject {
    /// Its library's own fields were read and name no owner.
    fileprivate var isFreeByItsFields: Bool {
        layout != .unknown && owners.isEmpty
            && fields.contains { ["__owner", "__cur_writer"].contains($0.name) && $0.value == "0" }
    }
}
