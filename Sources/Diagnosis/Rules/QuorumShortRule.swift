import ProcessModel

/// Threads that wait for more arrivals of a role than there are live threads of it that could still arrive.
///
/// The quorum is the engine's word (`dw_declare_quorum`); how many have arrived is read from its memory. Each thread
/// arrives once: one that waits on the object itself, or that an earlier arrival accounts for, does not come again.
public struct QuorumShortRule: Rule {
    public let name = RuleName("quorum-short")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        guard let waits = DeclaredWaits(context) else { return [] }
        let known = Set(context.earlier.filter { $0.effect != .delay }.flatMap { $0.threads + $0.victims })
        var order: [Address] = []
        var groups: [Address: [DeclaredWaits.Item]] = [:]
        for item in waits.items where waits.stuck.contains(item.position) && !known.contains(item.thread) {
            guard let quorum = waits.facts.quorums(of: item.wait.object).first,
                // Without any the role is missing, not the quorum.
                !waits.facts.role(quorum.role).live.isEmpty
            else { continue }
            if groups[item.wait.object] == nil { order.append(item.wait.object) }
            groups[item.wait.object, default: []].append(item)
        }
        return order.compactMap { object in
            guard let items = groups[object], let quorum = waits.facts.quorums(of: object).first else { return nil }
            return finding(items, object, quorum, waits, in: context)
        }
    }

    private func finding(
        _ items: [DeclaredWaits.Item], _ object: Address, _ quorum: EngineFacts.Quorum, _ waits: DeclaredWaits,
        in context: RuleContext
    ) -> Finding? {
        let (facts, wording) = (waits.facts, context.wording)
        let role = facts.role(quorum.role)
        let free = (waits.releasers[object] ?? []).count { !waits.stuck.contains($0) }
        let shortage = DeclaredWaits.shortage(of: quorum, free: free, facts)
        guard shortage > 0 else { return nil }
        let common = DeclaredEvidence(waits, in: context)
        let items = common.ordered(items)
        let ids = items.map(\.thread)
        var certainty = Certainty(.likely)
        common.weigh(role, object: object, items, &certainty)
        common.weighRecord(items, &certainty)
        if quorum.arrived == nil {
            certainty.lower(to: .suspected, because: "How many have arrived so far is not known.")
        }
        certainty.assume("Each thread of role \(role.name) arrives once, as a quorum means.")
        let arrived =
            quorum.arrived.map { "\($0) \($0 == 1 ? "has" : "have") arrived" } ?? "an unknown number has arrived"
        let could = quorum.arrived.map { quorum.count - $0 - shortage } ?? free
        let comes = could == 0 ? "none is left that could" : could == 1 ? "only 1 more can" : "only \(could) more can"
        let sure = certainty.confidence >= .likely ? "can never be released" : "may never be released"
        return Finding(
            rule: name, confidence: certainty.confidence, threads: ids,
            victims: waits.behind(items.map(\.position), in: context).filter { !ids.contains($0) },
            objects: [SyncObjectID(object)],
            wouldRelease: [
                WouldRelease(
                    thread: nil, role: role.name, object: SyncObjectID(object),
                    startRoutine: role.live.first.flatMap { facts.words.startRoutine($0) },
                    status: role.failures.isEmpty
                        ? (role.ended.isEmpty
                            ? ((role.wanted ?? 0) > role.live.count ? .neverCreated : .stuck) : .exited)
                        : .creationFailed,
                    why: "\(quorum.count) have to come, \(arrived), \(role.live.count) alive")
            ],
            evidence: common.waiting(items)
                + [
                    Evidence(
                        "The wait is for \(quorum.count) arrivals of role \(role.name)"
                            + (facts.words.chain(quorum.declaration.stack, limit: 2).map { ", declared \($0)" } ?? "")
                            + "; \(arrived).", object: SyncObjectID(object))
                ]
                + common.history(role) + common.predicates(object)
                + [common.signals(object)].compactMap(\.self),
            assumptions: certainty.assumptions,
            summary:
                "\(wording.threads(ids).capitalizedFirst) \(sure): \(ids.count == 1 ? "it waits" : "they wait") for "
                + "\(common.object(object)) until \(quorum.count) threads of role \(role.name) have come; \(arrived), and "
                + "\(comes) (\(count(role))).",
            nextStep: role.wanted.map { $0 > role.live.count } == true
                ? "Wait for as many threads of role \(role.name) as there are, not as were wanted; or give up when one cannot "
                    + "be created or ends."
                : "Do not let a thread of role \(role.name) wait for a quorum that it belongs to.")
    }

    private func count(_ role: EngineFacts.Role) -> String {
        var parts: [String] = []
        if let wanted = role.wanted { parts.append("\(wanted) \(wanted == 1 ? "was" : "were") wanted") }
        parts.append("\(role.live.count) \(role.live.count == 1 ? "is" : "are") alive")
        if !role.failures.isEmpty { parts.append("\(role.failures.count) could not be created") }
        if !role.ended.isEmpty { parts.append("\(role.ended.count) ended") }
        return parts.joined(separator: ", ")
    }
}
