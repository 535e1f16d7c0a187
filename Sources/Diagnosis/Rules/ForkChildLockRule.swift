import ProcessModel

/// A lock that was held by another thread of the parent when the process was forked: the child got the locked lock,
/// and not the thread (fork(2)).
///
/// Told from the owner alone: its id is smaller than the process id, so it was a thread before this process was made.
public struct ForkChildLockRule: Rule {
    public let name = RuleName("fork-child-lock")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        AbsentOwner.all(in: context).filter { $0.isOlderThanProcess(context.index) }.map { finding($0, in: context) }
    }

    private func finding(_ absent: AbsentOwner, in context: RuleContext) -> Finding {
        let wording = context.wording
        let process = context.index.snapshot.process.id?.description ?? "?"
        var certainty = Certainty(.likely)
        certainty.weigh(Array(absent.waiters.prefix(1)), in: context)
        certainty.assume(
            "Thread ids have not wrapped around between the making of thread \(absent.owner) and of process \(process)."
        )
        if context.index.snapshot.process.sharesPIDNamespace == nil {
            certainty.assume("The process is taken to number its threads as this capture does (one pid namespace).")
        }
        certainty.assume("The lock does not lie in memory that another process locks, too.")
        let goal = absent.waiters.first.map { wording.goal($0) } ?? "a lock"
        let ids = absent.waiters.map(\.thread)
        return Finding(
            rule: name, confidence: certainty.confidence, threads: ids,
            victims: context.threadsBehind(absent.positions), objects: absent.object.map { [$0] } ?? [],
            chain: Array(absent.waiters.prefix(1)),
            wouldRelease: [
                WouldRelease(
                    thread: absent.owner, object: absent.object, startRoutine: nil, status: .absent,
                    why: "it is older than process \(process), so it was a thread of the parent")
            ],
            evidence: context.evidence(for: Array(absent.waiters.prefix(3))), assumptions: certainty.assumptions,
            summary: "\(wording.threads(ids).capitalizedFirst) \(ids.count == 1 ? "waits" : "wait") for \(goal), "
                + "which thread \(absent.owner) of the parent process held when this process was forked; "
                + "in the child nobody can release it.",
            nextStep:
                "After fork in a process with several threads call only async-signal-safe functions until exec, or "
                + "take and release \(goal) in pthread_atfork handlers.")
    }
}
