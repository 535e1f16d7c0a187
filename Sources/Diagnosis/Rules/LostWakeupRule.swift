import ProcessModel

/// Threads that wait on although what they wait for is already so: the signal came before the wait, or never.
///
/// What they wait for is the engine's word (`dw_declare_predicate`), whether it is so is read from its memory. In a live
/// process it has to be so at two looks, a tenth of a second apart, with the thread in the same wait: one that was just
/// woken is gone by then. Sure only where nobody is left who would signal once more.
public struct LostWakeupRule: Rule {
    public let name = RuleName("lost-wakeup")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        guard let waits = DeclaredWaits(context) else { return [] }
        let known = Set(context.earlier.filter { $0.effect != .delay }.flatMap { $0.threads + $0.victims })
        var order: [Address] = []
        var groups: [Address: [DeclaredWaits.Item]] = [:]
        for item in waits.items where item.lostWakeup != nil && !known.contains(item.thread) {
            if groups[item.wait.object] == nil { order.append(item.wait.object) }
            groups[item.wait.object, default: []].append(item)
        }
        return order.compactMap { object in groups[object].map { finding($0, object, waits, in: context) } }
    }

    private func finding(
        _ items: [DeclaredWaits.Item], _ object: Address, _ waits: DeclaredWaits, in context: RuleContext
    ) -> Finding {
        let (facts, wording) = (waits.facts, context.wording)
        let common = DeclaredEvidence(waits, in: context)
        let items = common.ordered(items)
        let ids = items.map(\.thread)
        var certainty = Certainty(.likely)
        common.weighRecord(items, &certainty)
        if context.index.snapshot.process.source != .live {
            certainty.lower(
                to: .suspected,
                because: "This is one moment: a thread that was just signalled, or is about to be, looks the same.")
        }
        let free = (waits.releasers[object] ?? []).filter { !waits.stuck.contains($0) }
        if let position = free.first {
            let id = context.index.snapshot.threads[position].id
            certainty.lower(
                to: .suspected,
                because: "Thread \(wording.thread(id)) may still signal it\(free.count > 1 ? ", as others may" : "").")
        }
        if items.contains(where: { $0.wait.timeout != nil }) {
            certainty.lower(
                to: .suspected,
                because: "The wait has a timeout and came back all the same: it may be for more than the engine says.")
        }
        certainty.assume("The engine is believed in what the wait is for.")
        let look = items.compactMap(\.wait.secondLook).first
        let again = look.map { " So it was \(Wording.duration($0.nanosecondsLater)) later, too." } ?? ""
        return Finding(
            rule: name, confidence: certainty.confidence, threads: ids,
            victims: waits.behind(items.map(\.position), in: context).filter { !ids.contains($0) },
            objects: [SyncObjectID(object)],
            wouldRelease: facts.signallingRoles(of: object).map { role in
                WouldRelease(
                    thread: nil, role: role, object: SyncObjectID(object), startRoutine: nil, status: .past,
                    why: "what it would signal is so already")
            },
            evidence: common.waiting(items)
                + common.predicates(object).map { Evidence($0.fact + again, object: SyncObjectID(object)) }
                + [common.signals(object)].compactMap(\.self),
            assumptions: certainty.assumptions,
            summary: "\(wording.threads(ids).capitalizedFirst) \(ids.count == 1 ? "waits" : "wait") for "
                + "\(common.object(object)), but what \(ids.count == 1 ? "it waits" : "they wait") for is so already: the "
                + "signal was given before the wait began, or never.",
            nextStep: "Test and set what is waited for under the mutex of the wait"
                + (wording.place(items[0].thread).map { " in \($0.words)" } ?? "")
                + ", and signal after it was set.")
    }
}
