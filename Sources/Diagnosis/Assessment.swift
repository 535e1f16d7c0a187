import ProcessModel

/// What the rules say of a snapshot: findings, a verdict on every thread, and the exit status that follows.
///
/// A value that depends on the snapshot and the rules alone. Time grows linearly with threads, objects and frames.
public struct Assessment: Sendable {
    /// The snapshot, with what is found by id.
    public let index: SnapshotIndex
    /// Who waits for whom, by what the snapshot says.
    public let graph: WaitGraph
    /// The surest first; among equals causes before their consequences, then in the order of the rules.
    public let findings: [Finding]
    /// One a thread, in the snapshot's order.
    public let verdicts: [ThreadVerdict]

    public init(of snapshot: Snapshot, rules: [any Rule] = RuleRegistry.all) {
        self.init(of: snapshot, rules: rules, maps: nil)
    }

    /// With the maps of the process's binaries waits without an owner are judged, too.
    package init(of snapshot: Snapshot, rules: [any Rule] = RuleRegistry.all, maps: ProcessMaps?) {
        self.init(RuleContext(assessing: snapshot, by: rules, maps))
    }

    /// What follows from what all rules have found.
    init(_ context: RuleContext) {
        (index, graph) = (context.index, context.graph)
        findings = context.earlier.enumerated().sorted { left, right in
            if left.element.confidence != right.element.confidence {
                return left.element.confidence > right.element.confidence
            }
            return (left.element.effect.rawValue, left.offset) < (right.element.effect.rawValue, right.offset)
        }.map { finding in
            guard finding.element.effect == .stuck else { return finding.element }
            var told = finding.element
            let errors = ErrorsUnderWay(index: context.index)
            told.cause = told.threads.prefix(Self.mostWithCause).flatMap { errors.evidence(of: $0) }
            return told
        }
        verdicts = VerdictPass(context: context, findings: findings).verdicts()
    }

    /// Of so many threads of a finding the errors on their stacks are told.
    private static let mostWithCause = 3

    /// What was assessed.
    public var snapshot: Snapshot { index.snapshot }
    /// Names threads and objects as the findings do.
    public var wording: Wording { Wording(index) }

    /// What the command exits with.
    public var exitStatus: ExitStatus {
        let claims = findings.filter { !$0.endsByItself }
        if claims.contains(where: { $0.confidence > .cannotTell }) { return .finding }
        if snapshot.threads.isEmpty { return .noResult }
        return claims.isEmpty && blindSpots == 0 ? .nothingStuck : .partial
    }

    /// How many threads wait for something that has no owner and that the program itself must bring about, of which
    /// neither libc's fields nor the engine tell who will.
    public var ownerless: Int { verdicts.count(where: \.isUnjudged) }

    /// How many gaps and threads there are that could hide a finding.
    public var blindSpots: Int {
        snapshot.hidingGaps + verdicts.count { $0.verdict == .unknown }
    }
}
