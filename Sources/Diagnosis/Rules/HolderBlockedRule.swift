import ProcessModel

/// Threads that wait for a holder which is itself blocked in something of the process that is not a lock: a condition, a
/// semaphore, a stop.
///
/// One look cannot tell a short hold from a long one, so this is never more than suspected, unless samples show that
/// the holder has not moved. A holder that waits for the outside is told by `BlockedOutsideRule`, one that goes on by
/// itself by `SlowButAliveRule`; only a sleep in which samples show it unmoved is told here, as suspected.
public struct HolderBlockedRule: Rule {
    public let name = RuleName("holder-blocked")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        LockHolder.all(in: context).filter { $0.standing == .blocked }
            .map { finding($0, in: context) }
    }

    private func finding(_ lockHolder: LockHolder, in context: RuleContext) -> Finding {
        let (wording, holder) = (context.wording, lockHolder.thread)
        let behind = context.threadsBehind([lockHolder.position])
        let chain = lockHolder.lockWaiters(in: context)
        var certainty = Certainty(holder.progress == .unmoved && holder.wait?.kind != .sleep ? .likely : .suspected)
        if let first = chain.first { certainty.weigh([first], in: context) }
        certainty.weigh(holder, seenWith: chain.first?.thread, in: context)
        if holder.wait == nil, holder.state == .sleeping || holder.state == .unknown {
            certainty.lower(
                to: .cannotTell,
                because: "Cannot tell: what thread \(wording.thread(holder.id)) waits for could not be read.")
        }
        if holder.progress == nil {
            certainty.assume(
                "One look does not tell a short hold from a long one; --samples 3 shows whether the holder moves.")
        }
        if context.facts?.registered(holder.id)?.currentWait?.isIdle == true {
            certainty.assume("A thread without work holds no lock that others need, unless it has kept one by mistake.")
        }
        let locks = wording.goals(of: chain)
        let blocked = blockedIn(holder, in: context)
        let place = wording.place(holder.id)
        let object = holder.wait?.object
        return Finding(
            rule: name, effect: .delay, confidence: certainty.confidence, threads: [holder.id], victims: behind,
            objects: context.objects(of: chain), chain: Array(chain.prefix(1)),
            wouldRelease: [
                WouldRelease(
                    thread: holder.id, object: chain.first?.object, startRoutine: wording.startRoutine(holder.id),
                    status: .blocked, why: "it is blocked \(blocked)")
            ],
            evidence: [
                Evidence(
                    "Thread \(wording.thread(holder.id)) is blocked \(blocked)\(wording.inPlace(holder.id)).",
                    thread: holder.id, frame: place?.frame, object: object)
            ] + context.evidence(for: Array(chain.prefix(3))),
            assumptions: certainty.assumptions,
            summary: "Thread \(wording.thread(holder.id)) holds \(locks) while it is blocked \(blocked)"
                + "\(wording.inPlace(holder.id)); \(behind.count) "
                + "\(behind.count == 1 ? "thread waits" : "threads wait") behind it.",
            nextStep:
                "Release \(locks) before this wait\(place.map { " in \($0.words)" } ?? ""), or find out "
                + "why it does not end.")
    }

    private func blockedIn(_ holder: Thread, in context: RuleContext) -> String {
        if holder.state == .stopped || holder.state == .tracingStop { return "by a stop signal or a debugger" }
        if let wait = context.facts?.registered(holder.id)?.currentWait, wait.isIdle {
            return "in a wait that is idle by its engine's word (\(wait.idleReason ?? "it has nothing to do"))"
        }
        guard let wait = holder.wait else {
            return holder.state == .diskSleep ? "in the kernel (uninterruptible)" : "in something that is not known"
        }
        if let object = wait.object, context.index.name(of: object) != nil {
            return "in a wait for \(context.wording.object(object, kind: wait.kind))"
        }
        return "in \(wait.summary)"
    }
}
