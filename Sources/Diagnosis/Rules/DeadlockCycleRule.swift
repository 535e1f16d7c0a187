import ProcessModel

/// Threads that wait for each other in a circle: each holds what the one before it needs.
///
/// Locks, joins and queues may be mixed. Each knot of the graph is reported once, by its shortest cycle through the
/// thread with the smallest id.
public struct DeadlockCycleRule: Rule {
    public let name = RuleName("deadlock-cycle")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        StrongComponents(context.required).components.compactMap { component in
            let cycle = StrongComponents.canonicalCycle(of: component, context.required)
            // Readers of one lock that all want to write: each stands in its own way, which is said of each.
            if cycle.allSatisfy({ context.graph.edges[$0]?.releasers.contains($0) == true }) { return nil }
            return finding(cycle, component: component, in: context)
        }
    }

    private func finding(_ cycle: [Int], component: [Int], in context: RuleContext) -> Finding? {
        let ids = cycle.compactMap { context.graph.threadID(at: $0) }
        guard ids.count == cycle.count, cycle.count > 1 else { return nil }
        let chain = cycle.indices.compactMap { step in
            context.link(from: cycle[step], to: ids[(step + 1) % ids.count])
        }
        guard chain.count == cycle.count else { return nil }
        var certainty = Certainty()
        certainty.weigh(chain, in: context)
        if component.count > cycle.count {
            certainty.assume(
                "\(component.count) threads need each other in more than one circle; this is the shortest.")
        }
        let wording = context.wording
        let sentences = chain.indices.map { step in
            let held = chain[(step + chain.count - 1) % chain.count]
            let holds = held.kind == .join ? "is joined by \(held.thread)" : "holds \(wording.goal(held))"
            return "\(chain[step].thread) \(holds) and waits for \(wording.goal(chain[step]))"
        }
        let sure = certainty.confidence >= .likely
        return Finding(
            rule: name, confidence: certainty.confidence, threads: ids,
            victims: context.threadsBehind(component), objects: context.objects(of: chain), chain: chain,
            wouldRelease: chain.map { link in
                WouldRelease(
                    thread: link.owner, object: link.object, startRoutine: wording.startRoutine(link.owner),
                    status: .stuck, why: "it waits itself\(wording.inPlace(link.owner))")
            },
            evidence: context.evidence(for: chain), assumptions: certainty.assumptions,
            summary: "\(wording.threads(ids).capitalizedFirst) wait for each other in a circle"
                + "\(sure ? " and can never go on" : ""): \(list(sentences)).",
            nextStep: nextStep(chain, wording))
    }

    private func list(_ sentences: [String]) -> String {
        sentences.prefix(4).joined(separator: "; ") + (sentences.count > 4 ? "; and so on" : "")
    }

    private func nextStep(_ chain: [ChainLink], _ wording: Wording) -> String {
        let places = chain.compactMap { wording.place($0.thread)?.words }
        var distinct: [String] = []
        for place in places where !distinct.contains(place) { distinct.append(place) }
        let look = distinct.isEmpty ? "" : " Look at \(wording.list(distinct))."
        if let join = chain.first(where: { $0.kind == .join }) {
            return "Release what the other threads need before thread \(wording.thread(join.thread)) joins "
                + "thread \(wording.thread(join.owner)).\(look)"
        }
        if chain.contains(where: { $0.kind == .dispatchSync }) {
            return "Do not submit synchronously (sync) while holding what the queue's work needs.\(look)"
        }
        let objects = chain.compactMap { link in link.object.map { wording.object($0, kind: link.kind) } }
        return "Take \(wording.list(objects.sorted())) in the same order in every thread.\(look)"
    }
}

extension String {
    /// With a capital first letter, as a sentence begins.
    package var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
