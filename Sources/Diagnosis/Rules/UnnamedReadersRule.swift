import ProcessModel

/// Threads that wait for a rwlock whose readers it only counts, where nobody is left who could be one of them and go on.
///
/// Whoever reads is a thread of the process or has ended (pthread_rwlock_rdlock(3p)): where each one that lives waits
/// itself, for this lock or behind one who does, none of the readers will unlock it. That is so of a reader who wants to
/// write, of two of them, and of one who joins a writer.
///
/// Positive: every thread waits. Near miss: one that runs, sleeps, or waits for what may come from outside. Gap: threads
/// that were not listed.
public struct UnnamedReadersRule: Rule {
    public let name = RuleName("dead-wait")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        let snapshot = context.index.snapshot
        let known = context.heldForGood
        let all = snapshot.threads.indices.filter { !snapshot.threads[$0].hasEnded }
        var groups: [SyncObjectID: [Int]] = [:]
        for position in all where !known.contains(snapshot.threads[position].id) {
            guard let edge = context.graph.edges[position], let object = edge.object,
                edge.releasers.contains(where: context.graph.isCounted)
            else { continue }
            groups[object, default: []].append(position)
        }
        guard !groups.isEmpty, stuck(among: all, known, in: context) == Set(all) else { return [] }
        return groups.sorted { $0.key < $1.key }.map { finding($0.value, $0.key, among: all, in: context) }
    }

    /// The greatest set of threads that only others of the set could let go on.
    private func stuck(among all: [Int], _ known: Set<ThreadID>, in context: RuleContext) -> Set<Int> {
        let threads = context.index.snapshot.threads
        let held = Set(all.filter { known.contains(threads[$0].id) })
        var stuck = held.union(
            all.filter { position in
                guard let wait = threads[position].wait, wait.isTimed == false, let edge = context.graph.edges[position]
                else { return false }
                let isShared = edge.object.flatMap { context.index.object($0) }?.has(.processShared) == true
                return !isShared && threads[position].state == .sleeping && !threads[position].isSeenRunning
                    && wait.kind.isOwned && edge.needsEach
            })
        while true {
            let freed = stuck.subtracting(held).filter { position in
                guard let edge = context.graph.edges[position] else { return true }
                return !edge.releasers.contains { context.graph.isCounted($0) || stuck.contains($0) }
            }
            if freed.isEmpty { return stuck }
            stuck.subtract(freed)
        }
    }

    private func finding(
        _ positions: [Int], _ object: SyncObjectID, among all: [Int], in context: RuleContext
    ) -> Finding {
        let wording = context.wording
        let threads = context.index.snapshot.threads
        let ids = positions.map { threads[$0].id }
        let kind = threads[positions[0]].wait?.kind ?? .rwlockWrite
        let readers = context.index.object(object)?.anonymousHolders ?? 0
        var certainty = Certainty(.likely)
        // All of them are held against each other: one that was looked at in another moment may have gone on since.
        certainty.weigh(
            all.map { position in
                let id = threads[position].id
                let owner = context.graph.edges[position]?.releasers.first.flatMap { context.graph.threadID(at: $0) }
                return owner.flatMap { context.link(from: position, to: $0) }
                    ?? ChainLink(
                        thread: id, kind: threads[position].wait?.kind ?? kind, object: threads[position].wait?.object,
                        owner: id)
            }, in: context)
        certainty.assume("Those who read are threads of this process, or have ended.")
        certainty.assume("No handler of a signal unlocks it.")
        for gap in context.index.processGaps {
            certainty.lower(
                to: .suspected,
                because: "Of the process a part was not seen: could not \(gap.operation) (\(gap.reason)).")
        }
        let lock = wording.object(object, kind: kind)
        let count = "\(readers) \(readers == 1 ? "reader" : "readers")"
        return Finding(
            rule: name, confidence: certainty.confidence, threads: ids,
            victims: context.threadsBehind(positions).filter { !ids.contains($0) }, objects: [object],
            wouldRelease: [
                WouldRelease(
                    thread: nil, object: object, startRoutine: nil, status: .stuck,
                    why: "whoever of the process reads waits itself")
            ],
            evidence: positions.prefix(4).map { position in
                let id = threads[position].id
                return Evidence(
                    "Thread \(wording.thread(id)) waits for \(wording.goal(kind: kind, object: object, owner: nil))"
                        + "\(wording.inPlace(id)).", thread: id, object: object)
            } + [
                Evidence("\(lock.capitalizedFirst) counts \(count) and does not name them.", object: object),
                Evidence("Every thread of the process waits, for this lock or behind one that does."),
            ],
            assumptions: certainty.assumptions,
            summary:
                "\(wording.threads(ids).capitalizedFirst) can never go on: \(ids.count == 1 ? "it waits" : "they wait") "
                + "for \(lock), which \(count) \(readers == 1 ? "holds" : "hold"), and every thread of the process waits.",
            nextStep:
                "Look for who takes \(lock) to write while it reads, or waits for one who does: the runtime library "
                + "with DEADWAIT_LOCKS=1 names the readers.")
    }
}
