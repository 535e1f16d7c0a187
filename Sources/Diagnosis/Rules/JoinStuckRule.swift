import ProcessModel

/// A thread that waits for the end of one that an earlier finding shows to be stuck.
public struct JoinStuckRule: Rule {
    public let name = RuleName("join-stuck")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        // The finding that keeps a thread, by thread: being part of one counts more than waiting behind one.
        var causes: [ThreadID: Int] = [:]
        for (number, finding) in context.earlier.enumerated() {
            for id in finding.threads where causes[id] == nil { causes[id] = number }
        }
        let members = Set(causes.keys)
        for (number, finding) in context.earlier.enumerated() {
            for id in finding.victims where causes[id] == nil { causes[id] = number }
        }
        return context.graph.edges.indices.compactMap { position in
            guard let edge = context.graph.edges[position], edge.kind == .join,
                let joiner = context.graph.threadID(at: position), !members.contains(joiner),
                let target = edge.releasers.compactMap({ context.graph.threadID(at: $0) }).first,
                let cause = causes[target], let link = context.link(from: position, to: target)
            else { return nil }
            return finding(link, position: position, cause: context.earlier[cause], in: context)
        }
    }

    private func finding(_ link: ChainLink, position: Int, cause: Finding, in context: RuleContext) -> Finding {
        let wording = context.wording
        var certainty = Certainty(cause.confidence)
        certainty.weigh([link], in: context)
        certainty.assume("As sure as the finding \(cause.rule) about \(wording.threads(cause.threads)).")
        let target = wording.thread(link.owner)
        let isMember = cause.threads.contains(link.owner)
        return Finding(
            rule: name, effect: .consequence, confidence: certainty.confidence, threads: [link.thread],
            victims: context.threadsBehind([position]), objects: context.objects(of: [link]), chain: [link],
            wouldRelease: [
                WouldRelease(
                    thread: link.owner, object: link.object, startRoutine: wording.startRoutine(link.owner),
                    status: .stuck,
                    why: isMember
                        ? "it is stuck itself (\(cause.rule))" : "it waits behind stuck threads (\(cause.rule))")
            ],
            evidence: context.evidence(for: [link]), assumptions: certainty.assumptions,
            summary: "Thread \(wording.thread(link.thread)) waits\(wording.inPlace(link.thread)) for the end of thread "
                + "\(target), which \(certainty.confidence >= .likely ? "" : "may be one that ")"
                + "\(isMember ? "is" : "waits behind threads that are") stuck (\(cause.rule)).",
            nextStep: "Resolve the \(cause.rule) of \(wording.threads(cause.threads)); this wait ends with it.")
    }
}
