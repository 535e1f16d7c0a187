import ProcessModel

/// Verdicts that rest on what an engine says: who is idle, and who waits for a role of which somebody lives.
struct DeclaredVerdicts {
    private let context: RuleContext
    private let facts: EngineFacts
    private let waits: DeclaredWaits?

    /// Nil without a registry.
    init?(_ context: RuleContext) {
        guard let facts = context.facts else { return nil }
        self.context = context
        self.facts = facts
        waits = DeclaredWaits(context)
    }

    /// Nil for a thread that does not wait, or of whose wait the engine says nothing.
    func judge(_ thread: Thread) -> (Verdict, String)? {
        guard let wait = facts.registered(thread.id)?.currentWait, thread.wait?.kind.isOwned != true else { return nil }
        if wait.isIdle { return (.idle, idle(wait)) }
        guard let releasers = waits?.releasers[wait.object] else { return nil }
        let threads = context.index.snapshot.threads
        let free = releasers.filter { threads[$0].id != thread.id && waits?.stuck.contains($0) != true }
        guard let best = free.min(by: { rank(threads[$0]) < rank(threads[$1]) }) else { return nil }
        let roles = facts.signallingRoles(of: wait.object)
        let goal = context.wording.object(SyncObjectID(wait.object), kind: thread.wait?.kind ?? .condition)
        let who =
            roles.count == 1 ? "threads of role \(roles[0])" : "threads of the roles \(context.wording.list(roles))"
        let more = free.count > 1 ? ", one of \(free.count) that may," : ""
        return (
            .waiting,
            "waits for \(goal), which \(who) signal: thread \(context.wording.thread(threads[best].id))\(more) "
                + occupation(threads[best])
        )
    }

    private func idle(_ wait: RegisteredWait) -> String {
        var text = (wait.idleReason ?? "waits for something to do") + ", as its engine says"
        if let timeout = wait.timeout { text += "; looks every \(Wording.timeout(timeout))" }
        return text
    }

    /// Who is at work comes before who is idle.
    private func rank(_ thread: Thread) -> Int {
        if thread.state == .running { return 0 }
        guard let wait = facts.registered(thread.id)?.currentWait else { return 1 }
        return wait.isIdle ? 3 : 2
    }

    private func occupation(_ thread: Thread) -> String {
        if thread.isSeenRunning { return "runs" }
        let place = context.wording.inPlace(thread.id)
        if let wait = facts.registered(thread.id)?.currentWait {
            if wait.isIdle { return "is idle: \(wait.idleReason ?? "waits for something to do")" }
            let goal = context.wording.object(SyncObjectID(wait.object), kind: thread.wait?.kind ?? .condition)
            return "waits for \(goal) itself\(place)"
        }
        guard let wait = thread.wait else { return "is not stuck" }
        let goal = wait.object.map { "waits for \(context.wording.object($0, kind: wait.kind))" }
        return (goal ?? "is in \(wait.summary)") + place
    }

    /// Whether something was declared about the wait, so that it was judged.
    func isJudged(_ id: ThreadID) -> Bool {
        facts.registered(id)?.currentWait.map { $0.isIdle || waits?.releasers[$0.object] != nil } ?? false
    }
}
