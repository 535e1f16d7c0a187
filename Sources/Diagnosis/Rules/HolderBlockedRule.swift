import ProcessModel

/// Threads that wait for a holder which is itself blocked in something that is not a lock: I/O, a sleep, a condition.
///
/// One look cannot tell a short hold from a long one, so this is never more than suspected, unless samples show that
/// the holder has not moved and nothing outside of the process is to let it go on. A holder that runs is no finding, nor is one that a timer or a disk lets go on: healthy
/// engines sleep and sync files under locks all day. Samples that show such a holder unmoved make it suspected.
public struct HolderBlockedRule: Rule {
    public let name = RuleName("holder-blocked")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        let known = Set(context.earlier.flatMap { $0.threads + $0.victims })
        return context.index.snapshot.threads.indices.compactMap { position in
            let holder = context.index.snapshot.threads[position]
            guard !known.contains(holder.id), context.required[position].isEmpty, isBlocked(holder),
                !waitsForOutsideLock(position, in: context)
            else { return nil }
            let direct = context.waiters[position].filter { waiter in
                context.graph.edges[waiter].map { $0.needsEach && !hasGivenUp($0.object, holder, in: context) } ?? false
            }
            // Joining a thread that waits for its next piece of work is how most programs end their main function.
            guard direct.contains(where: { context.graph.edges[$0]?.kind != .join }) else { return nil }
            return finding(holder, position: position, direct: direct, in: context)
        }
    }

    /// A wait on a condition gives its mutex up (pthread_cond_wait(3p)): that the mutex names the waiter as its owner was
    /// read at another moment, while somebody took it or handed it on. Of a recursive one only one lock is given up.
    private func hasGivenUp(_ object: SyncObjectID?, _ holder: Thread, in context: RuleContext) -> Bool {
        guard let object, holder.wait?.kind == .condition, holder.wait?.mutex == object else { return false }
        return context.index.object(object)?.has(.recursive) != true
    }

    private func isBlocked(_ thread: Thread) -> Bool {
        switch thread.state {
        case .running, .zombie, .dead, .idle, .parked: return false
        case .stopped, .tracingStop: return true
        case .sleeping, .diskSleep, .unknown: break
        }
        if thread.progress == .running || thread.progress == .moving { return false }
        return thread.progress == .unmoved || !goesOnByItself(thread)
    }

    /// A timer or a disk ends the wait, whatever the other threads do.
    ///
    /// A timed wait on a condition is not among them: its loop may lead back to the same wait for ever.
    private func goesOnByItself(_ thread: Thread) -> Bool {
        if thread.state == .diskSleep { return true }
        return switch thread.wait?.kind {
        case .sleep, .disk, .pageFault: true
        case .read, .write: thread.wait?.descriptors.first?.target.map(isFile) ?? false
        default: false
        }
    }

    /// A file on a disk: a path that is no device. Sockets and pipes have none.
    private func isFile(_ target: String) -> Bool { target.hasPrefix("/") && !target.hasPrefix("/dev/") }

    /// The holder waits for a lock of its own, whose owner is in another process.
    private func waitsForOutsideLock(_ position: Int, in context: RuleContext) -> Bool {
        guard let edge = context.graph.edges[position] else { return false }
        return edge.releasers.contains { node in
            if case .absent = context.graph.nodes[node] { true } else { false }
        }
    }

    private func finding(_ holder: Thread, position: Int, direct: [Int], in context: RuleContext) -> Finding {
        let wording = context.wording
        let behind = context.threadsBehind([position])
        let locks = direct.filter { context.graph.edges[$0]?.kind != .join }
        let chain = locks.compactMap { context.link(from: $0, to: holder.id) }
        let isFromOutside = holder.wait?.outside(of: context.index.snapshot.process.id) != nil
        let isLong = holder.progress == .unmoved && !goesOnByItself(holder) && !isFromOutside
        var certainty = Certainty(isLong ? .likely : .suspected)
        if let first = chain.first { certainty.weigh([first], in: context) }
        weighInstants(chain.first?.thread, holder, in: context, &certainty)
        if holder.wait == nil, holder.state == .sleeping || holder.state == .unknown {
            certainty.lower(
                to: .cannotTell,
                because: "Cannot tell: what thread \(wording.thread(holder.id)) waits for could not be read.")
        }
        if isFromOutside, holder.progress == .unmoved {
            certainty.assume(
                "What it waits for comes from outside, and samples of a moment do not show that it is late.")
        }
        if holder.progress == nil {
            certainty.assume(
                "One look does not tell a short hold from a long one; --samples 3 shows whether the holder moves.")
        }
        if context.facts?.registered(holder.id)?.currentWait?.isIdle == true {
            certainty.assume("A thread without work holds no lock that others need, unless it has kept one by mistake.")
        }
        var names: [String] = []
        for link in chain where !names.contains(wording.goal(link)) { names.append(wording.goal(link)) }
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
            summary: "Thread \(wording.thread(holder.id)) holds \(wording.list(names)) while it is blocked \(blocked)"
                + "\(wording.inPlace(holder.id)); \(behind.count) "
                + "\(behind.count == 1 ? "thread waits" : "threads wait") behind it.",
            nextStep:
                "Release \(wording.list(names)) before this wait\(place.map { " in \($0.words)" } ?? ""), or find out "
                + "why it does not end.")
    }

    /// The holder must be seen blocked in a moment in which the waiter was seen waiting.
    private func weighInstants(
        _ waiter: ThreadID?, _ holder: Thread, in context: RuleContext, _ certainty: inout Certainty
    ) {
        guard let waiter = waiter.flatMap({ context.index.thread($0) }) else { return }
        if !waiter.instant.overlaps(holder.instant) {
            certainty.lower(
                to: .cannotTell,
                because: "Cannot tell: the looks at thread \(context.wording.thread(waiter.id)) and thread "
                    + "\(context.wording.thread(holder.id)) do not overlap; run again or use --stop-all.")
        }
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
