import ProcessModel

/// Threads that wait for a signal of roles of which no live thread is left but such as wait for them in turn.
///
/// The roles are the engine's word (`dw_declare_signaller`), and what the registry saw of their threads decides the rest.
/// Without a map of the code nobody knows whether a live thread could still create one: that is assumed not to be so
/// only where the engine says how many there ought to be and they have failed, ended, or been left behind by the very
/// call that would have created them; else it is suspected.
public struct DeadWaitRule: Rule {
    public let name = RuleName("dead-wait")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        guard let waits = DeclaredWaits(context) else { return [] }
        var known = Set(context.earlier.filter { $0.effect != .delay }.flatMap { $0.threads + $0.victims })
        var findings: [Finding] = []
        let free = waits.items.filter { waits.stuck.contains($0.position) && !known.contains($0.thread) }
        let waiters = Dictionary(grouping: free, by: \.wait.object).mapValues { Set($0.map(\.position)) }
        // Where nobody is left at all but the waiters comes first: the others may wait behind it.
        for hasReleasers in [false, true] {
            var order: [Address] = []
            var groups: [Address: [DeclaredWaits.Item]] = [:]
            for item in free {
                let object = item.wait.object
                let others = Set(waits.releasers[object] ?? []).subtracting(waiters[object] ?? [])
                guard others.isEmpty != hasReleasers else { continue }
                if groups[object] == nil { order.append(object) }
                groups[object, default: []].append(item)
            }
            for object in order {
                let items = (groups[object] ?? []).filter { !known.contains($0.thread) }
                guard !items.isEmpty else { continue }
                let finding = finding(items, object, waits, in: context)
                known.formUnion(finding.threads + finding.victims)
                findings.append(finding)
            }
        }
        return findings + idleFindings(known, in: context)
    }

    /// So many timeouts in a row are more than the moment in which an idle thread has not yet noticed its work.
    private static let manyTimeouts = 5

    /// Waits in a call of the application whose signallers are alive, and all of them idle.
    private func idleFindings(_ known: Set<ThreadID>, in context: RuleContext) -> [Finding] {
        guard let waits = DeclaredWaits(context, idleStays: true) else { return [] }
        let items = waits.items.filter { item in
            waits.stuck.contains(item.position) && !known.contains(item.thread) && !item.wait.isIdle
                && item.wait.timeoutsInARow >= Self.manyTimeouts && !waits.facts.calls(of: item.thread).isEmpty
                // Nobody who lives is a matter of the findings before.
                && waits.releasers[item.wait.object]?.contains { $0 != item.position } == true
        }
        return Dictionary(grouping: items, by: \.wait.object).sorted { $0.key < $1.key }.map { object, items in
            var finding = finding(items, object, waits, in: context)
            finding.confidence = min(finding.confidence, .suspected)
            finding.assumptions.append(
                "Those who would signal are idle, as their engine says, and nothing shows that they will not.")
            return finding
        }
    }

    private func finding(
        _ items: [DeclaredWaits.Item], _ object: Address, _ waits: DeclaredWaits, in context: RuleContext
    ) -> Finding {
        let (facts, wording) = (waits.facts, context.wording)
        let common = DeclaredEvidence(waits, in: context)
        let items = common.ordered(items)
        let roles = facts.signallingRoles(of: object).map { facts.role($0) }
        let own = Set(items.map(\.position))
        let stuckReleasers = (waits.releasers[object] ?? []).filter { !own.contains($0) }.compactMap {
            context.graph.threadID(at: $0)
        }
        var certainty = Certainty(.likely)
        for role in roles { common.weigh(role, object: object, items, &certainty) }
        common.weighRecord(items, &certainty)
        let ids = items.map(\.thread)
        // All who would come are held by what is said of them elsewhere.
        let held = context.earlier.filter { $0.effect != .delay }.flatMap { $0.threads + $0.victims }
        let isBehind = !stuckReleasers.isEmpty && stuckReleasers.allSatisfy { held.contains($0) }
        return Finding(
            rule: name, effect: isBehind ? .consequence : .stuck, confidence: certainty.confidence, threads: ids,
            victims: waits.behind(Array(own), in: context).filter { !ids.contains($0) },
            objects: [SyncObjectID(object)],
            wouldRelease: roles.map { release($0, object, waits, in: context) },
            evidence: common.waiting(items) + roles.flatMap(common.history) + common.predicates(object)
                + [common.signals(object), common.others(than: roles.map(\.name), waiters: items)].compactMap(\.self)
                + stuckReleasers.prefix(3).compactMap { blocked($0, in: context) },
            assumptions: certainty.assumptions,
            summary: summary(items, object, roles, certainty.confidence, common, waits, in: context),
            nextStep: isBehind
                ? "Resolve the finding about \(wording.threads(stuckReleasers)); this wait ends with it."
                : nextStep(roles, items, wording))
    }

    private func summary(
        _ items: [DeclaredWaits.Item], _ object: Address, _ roles: [EngineFacts.Role], _ confidence: Confidence,
        _ common: DeclaredEvidence, _ waits: DeclaredWaits, in context: RuleContext
    ) -> String {
        let wording = context.wording
        let ids = items.map(\.thread)
        let one = ids.count == 1
        var text = wording.threads(ids).capitalizedFirst
        text += confidence >= .likely ? " can never be released: " : " may never be released: "
        text += "\(one ? "it waits" : "they wait") for \(common.object(object)), which only "
        text += "\(common.who(roles.map(\.name))) \(roles.isEmpty ? "" : "signal")"
        let live = roles.flatMap(\.live)
        if live.isEmpty {
            text += ", and no live thread is one: "
            return text + wording.list(roles.map(count)) + "."
        }
        let names = live.compactMap(\.snapshotThread)
        let idle = names.filter { waits.facts.registered($0)?.currentWait?.isIdle == true }
        if !idle.isEmpty, idle.count == names.count {
            let reason =
                idle.first.flatMap { waits.facts.registered($0)?.currentWait?.idleReason }.map { ": \($0)" } ?? ""
            return text + ", and \(idle.count == 1 ? "the only one" : "each") that is alive, "
                + "\(wording.threads(idle)), is idle\(reason)."
        }
        if names.allSatisfy({ ids.contains($0) }) {
            return text + ", and \(one ? "it is" : "they are") the only \(one ? "one" : "ones") alive."
        }
        return text
            + ", and those that are alive wait themselves: \(wording.threads(names.filter { !ids.contains($0) }))."
    }

    /// "4 were wanted, 0 created", with the role's name only where there are several.
    private func count(_ role: EngineFacts.Role) -> String {
        var parts: [String] = []
        if let wanted = role.wanted { parts.append("\(wanted) \(wanted == 1 ? "was" : "were") wanted") }
        parts.append("\(role.created) created")
        if !role.failures.isEmpty { parts.append("\(role.failures.count) could not be created") }
        if role.created > 0 { parts.append("\(role.ended.count) ended") }
        return (role.isOpen ? "of role \(role.name) " : "") + parts.joined(separator: ", ")
    }

    private func release(
        _ role: EngineFacts.Role, _ object: Address, _ waits: DeclaredWaits, in context: RuleContext
    ) -> WouldRelease {
        let status: WouldRelease.Status
        if !role.live.isEmpty {
            status = .stuck
        } else if !role.ended.isEmpty {
            status = .exited
        } else if !waits.facts.likelyFailures(of: role).isEmpty {
            status = .creationFailed
        } else {
            status = .neverCreated
        }
        let routine =
            (role.live + role.ended).first.flatMap { waits.facts.words.startRoutine($0) }
            ?? role.failures.first?.startRoutine.map { waits.facts.words.place($0, isReturnAddress: false) }
        return WouldRelease(
            thread: nil, role: role.name, object: SyncObjectID(object), startRoutine: routine, status: status,
            why: status == .stuck ? occupation(role.live.compactMap(\.snapshotThread), in: context) : count(role))
    }

    /// What those do who are alive, by the first of them.
    private func occupation(_ ids: [ThreadID], in context: RuleContext) -> String {
        guard let first = ids.first else { return "alive" }
        let name = context.wording.thread(first) + (ids.count > 1 ? ", and \(ids.count - 1) more alive" : "")
        guard let (goal, held) = goal(of: first, in: context) else { return name }
        return "\(name), which waits for \(goal)\(held)"
    }

    private func goal(of id: ThreadID, in context: RuleContext) -> (goal: String, held: String)? {
        guard let position = context.index.position(of: id), let edge = context.graph.edges[position] else {
            return nil
        }
        let owner = edge.releasers.compactMap { context.graph.threadID(at: $0) }.first
        let goal = context.wording.goal(kind: edge.kind, object: edge.object, owner: owner)
        return (goal, owner.map { edge.kind == .join ? "" : ", held by \(context.wording.thread($0))" } ?? "")
    }

    /// What a live thread of the role is in, instead of signalling.
    private func blocked(_ id: ThreadID, in context: RuleContext) -> Evidence? {
        guard let (goal, held) = goal(of: id, in: context) else { return nil }
        return Evidence(
            "Thread \(context.wording.thread(id)) waits for \(goal)\(held)\(context.wording.inPlace(id)).", thread: id,
            object: context.index.thread(id)?.wait?.object)
    }

    private func nextStep(
        _ roles: [EngineFacts.Role], _ items: [DeclaredWaits.Item], _ wording: Wording
    ) -> String {
        let place = items.first.flatMap { wording.place($0.thread) }.map { " in \($0.words)" } ?? ""
        let names = wording.list(roles.map(\.name))
        if roles.allSatisfy({ $0.live.isEmpty }) {
            return roles.allSatisfy({ $0.ended.isEmpty })
                ? "Do not wait\(place) unless there is a thread of role \(names), or end the wait with an error when none could "
                    + "be created."
                : "Let threads of role \(names) release their waiters before they end, or look for the end of the last one "
                    + "before the wait\(place)."
        }
        return "Do not wait\(place) with what threads of role \(names) need, nor on one of them."
    }
}
