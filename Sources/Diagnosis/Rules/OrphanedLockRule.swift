import ProcessModel

/// A lock whose owner has exited without releasing it.
///
/// Not claimed of process-shared locks, whose owner may live in another process, nor of joins.
public struct OrphanedLockRule: Rule {
    public let name = RuleName("orphaned-lock")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        AbsentOwner.all(in: context).filter { !$0.isOlderThanProcess(context.index) }.map { finding($0, in: context) }
            + streams(in: context)
    }

    /// Locks of stdio streams, which name their owner by the address of its descriptor: of one that has ended no id is
    /// left.
    private func streams(in context: RuleContext) -> [Finding] {
        let threads = context.index.snapshot.threads
        var groups: [SyncObjectID: [Int]] = [:]
        for (position, thread) in threads.enumerated() where thread.wait?.kind == .stdioLock {
            guard let id = thread.wait?.object, let object = context.index.object(id), object.owners.isEmpty,
                object.fields.contains(where: { $0.name == "owner" && $0.value == "0" })
            else { continue }
            groups[id, default: []].append(position)
        }
        return groups.sorted { $0.key < $1.key }.map { id, positions in
            let wording = context.wording
            let ids = positions.map { threads[$0].id }
            let links = ids.map { ChainLink(thread: $0, kind: .stdioLock, object: id, owner: $0) }
            var certainty = Certainty()
            certainty.weigh(Array(links.prefix(1)), in: context)
            let goal = wording.goal(kind: .stdioLock, object: id, owner: nil)
            return Finding(
                rule: name, confidence: certainty.confidence, threads: ids, victims: context.threadsBehind(positions),
                objects: [id],
                wouldRelease: [
                    WouldRelease(thread: nil, object: id, startRoutine: nil, status: .exited, why: "it has exited")
                ],
                evidence: ids.prefix(3).map {
                    Evidence(
                        "Thread \(wording.thread($0)) waits for \(goal)\(wording.inPlace($0)).", thread: $0, object: id)
                } + [
                    Evidence(
                        "The descriptor of its owner holds no thread id any more: the kernel clears it when the thread ends.",
                        object: id, field: "owner")
                ],
                assumptions: certainty.assumptions,
                summary: "\(wording.threads(ids).capitalizedFirst) \(ids.count == 1 ? "waits" : "wait") for \(goal), "
                    + "which a thread held when it exited; nobody is left to release it.",
                nextStep: "Look for a way from flockfile to the thread's end without funlockfile: pthread_exit, "
                    + "cancellation, an exception.")
        }
    }

    private func finding(_ absent: AbsentOwner, in context: RuleContext) -> Finding {
        let wording = context.wording
        var certainty = Certainty()
        // Each waiter is held against the lock alone, so each has its own moment: one that was seen well is enough.
        let best = absent.waiters.map { link in
            var certainty = Certainty()
            certainty.weigh([link], in: context)
            return certainty
        }.max { $0.confidence < $1.confidence }
        if let best { certainty = best }
        weighIdentity(absent, in: context, &certainty)
        let object = absent.object.flatMap { context.index.object($0) }
        if let object, object.has(.ownerDied) {
            certainty.lower(
                to: .suspected,
                because: "The kernel has marked the owner as dead and wakes one waiter, which gets EOWNERDEAD; "
                    + "it may be about to run.")
        }
        let goal = absent.waiters.first.map { wording.goal($0) } ?? "a lock"
        let ids = absent.waiters.map(\.thread)
        let hasEntry = context.index.thread(absent.owner) != nil
        let robust = object?.has(.robust) == true || object?.type != "pthread_mutex_t"
        return Finding(
            rule: name, confidence: certainty.confidence, threads: ids,
            victims: context.threadsBehind(absent.positions), objects: absent.object.map { [$0] } ?? [],
            chain: Array(absent.waiters.prefix(1)),
            wouldRelease: [
                WouldRelease(
                    thread: absent.owner, object: absent.object, startRoutine: nil, status: .absent,
                    why: hasEntry ? "it has exited" : "no thread of the process has this id")
            ],
            evidence: context.evidence(for: Array(absent.waiters.prefix(3))), assumptions: certainty.assumptions,
            summary: "\(wording.threads(ids).capitalizedFirst) \(ids.count == 1 ? "waits" : "wait") for \(goal), "
                + "which thread \(absent.owner) held when it exited; nobody is left to release it.",
            nextStep:
                "Find the code that takes \(goal) and look for a way out of it that does not release it: an early "
                + "return, pthread_exit, cancellation, an exception."
                + (robust ? "" : " A robust mutex (PTHREAD_MUTEX_ROBUST) would have told the next waiter."))
    }

    /// Weighs whether the owner's number means what it seems to mean.
    private func weighIdentity(_ absent: AbsentOwner, in context: RuleContext, _ certainty: inout Certainty) {
        if context.index.thread(absent.owner) == nil {
            switch context.index.snapshot.process.sharesPIDNamespace {
            case .some(true): break
            case .some(false):
                certainty.lower(
                    to: .cannotTell,
                    because: "Cannot tell: the process numbers its threads in another pid namespace, so owner "
                        + "\(absent.owner) may be alive; run again from inside the container.")
            case nil:
                // A live owner found under its number shows that both count in the same namespace. The kernel
                // numbers the threads of a core as the process itself did.
                let confirmed =
                    context.index.snapshot.process.source == .core
                    || context.graph.edges.contains { edge in
                        edge.map { edge in
                            edge.kind.isOwned && edge.releasers.contains { context.graph.threadID(at: $0) != nil }
                        } ?? false
                    }
                if !confirmed {
                    certainty.lower(
                        to: .likely,
                        because: "The process is taken to number its threads as this capture does (one pid namespace).")
                }
            }
            for gap in context.index.processGaps {
                certainty.lower(
                    to: .likely,
                    because: "Of the process a part was not seen: could not \(gap.operation) (\(gap.reason)).")
            }
            certainty.assume("The lock does not lie in memory that another process locks, too.")
        }
        certainty.assume(
            "No thread has been given id \(absent.owner) again since; had one, it would pass for the owner and there would "
                + "be no finding.")
    }
}
