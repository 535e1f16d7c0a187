import ProcessModel

/// Threads that are not stuck: the lock that they wait for is held by one that runs, sleeps for a time, or waits for a
/// disk.
///
/// A finding of another kind: it says who holds the others up, calls nobody stuck, and leaves the exit status as it is.
/// Never more than suspected, since healthy engines compute, sleep and sync files under locks all day.
public struct SlowButAliveRule: Rule {
    public let name = RuleName("slow-but-alive")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        LockHolder.all(in: context).filter { $0.standing == .alive }.compactMap { finding($0, in: context) }
    }

    /// Nil where the holder was not seen in a moment in which somebody waited for it: it may have moved on since.
    private func finding(_ holder: LockHolder, in context: RuleContext) -> Finding? {
        let (wording, thread) = (context.wording, holder.thread)
        // Who has run between the looks was not held up all the time.
        let chain = holder.lockWaiters(in: context).filter { link in
            context.index.thread(link.thread).map { !$0.isSeenRunning } ?? false
        }
        guard let first = chain.first else { return nil }
        var certainty = Certainty(.suspected)
        certainty.weigh([first], in: context)
        certainty.weigh(thread, seenWith: first.thread, in: context)
        guard certainty.confidence == .suspected else { return nil }
        if context.index.thread(first.thread)?.progress == nil {
            certainty.assume(
                "One look does not tell a short hold from a long one; --samples 3 shows who waits all the time.")
        }
        let behind = context.threadsBehind([holder.position])
        let locks = wording.goals(of: chain)
        let place = wording.place(thread.id)
        let doing = wording.doing(thread)
        let name = wording.thread(thread.id)
        return Finding(
            rule: self.name, effect: .delay, endsByItself: true, confidence: certainty.confidence, threads: [thread.id],
            victims: behind, objects: context.objects(of: chain), chain: [first],
            wouldRelease: [
                WouldRelease(
                    thread: thread.id, object: first.object, startRoutine: wording.startRoutine(thread.id),
                    status: .alive, why: "it \(doing)")
            ],
            evidence: [
                Evidence(
                    "Thread \(name) \(doing)\(wording.inPlace(thread.id)).", thread: thread.id, frame: place?.frame)
            ] + context.evidence(for: Array(chain.prefix(3))),
            assumptions: certainty.assumptions,
            summary:
                "Not stuck: \(wording.threads(behind)) \(behind.count == 1 ? "waits" : "wait") for \(locks), held by "
                + "thread \(name), which \(doing)\(wording.inPlace(thread.id)).",
            nextStep: "Nothing, if this is short. Else hold \(locks) for less"
                + "\(place.map { " than the call in \($0.words)" } ?? "").")
    }
}
