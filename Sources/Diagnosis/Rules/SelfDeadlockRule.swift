import ProcessModel

/// A thread that waits for what it holds itself.
///
/// A recursive lock lets its owner in again, and an error-checking one returns EDEADLK (pthread_mutex_lock(3p)): a
/// thread that seems to wait for such a lock of its own was seen in two different moments, and nothing is claimed.
public struct SelfDeadlockRule: Rule {
    public let name = RuleName("self-deadlock")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        context.graph.edges.indices.compactMap { position in
            guard let edge = context.graph.edges[position], edge.needsEach, edge.releasers.contains(position),
                let id = context.graph.threadID(at: position), let link = context.link(from: position, to: id)
            else { return nil }
            if let object = edge.object.flatMap({ context.index.object($0) }) {
                if object.has(.recursive) || object.has(.errorcheck) || link.kind == .stdioLock { return nil }
            }
            return finding(link, position: position, in: context)
        }
    }

    private func isReader(_ link: ChainLink, in context: RuleContext) -> Bool {
        link.object.flatMap { context.index.object($0) }.map { context.index.readers.name(link.thread, of: $0) }
            ?? false
    }

    private func finding(_ link: ChainLink, position: Int, in context: RuleContext) -> Finding {
        var certainty = Certainty()
        certainty.weigh([link], in: context)
        let wording = context.wording
        let goal = wording.goal(link)
        let what: String
        let advice: String
        switch link.kind {
        case .join:
            what = "its own end"
            advice = "Join a thread only from another one, or detach it."
        case .dispatchSync:
            what = "\(goal), whose work it is running itself"
            advice = "Call the work directly when already on the queue, or submit it with async."
        case .rwlockWrite where isReader(link, in: context):
            what = "\(goal) to write, which it holds itself to read"
            advice =
                "Give \(goal) back before taking it to write, and test again what was read: a rwlock of POSIX cannot be "
                + "upgraded (pthread_rwlock_wrlock(3p)). Or take it to write from the start."
        default:
            what = "\(goal), which it holds itself"
            advice = "Do not call code that takes \(goal) while holding it, or hand it down as already held."
        }
        let places = wording.place(link.thread).map { " Look at \($0.words) and its callers." } ?? ""
        return Finding(
            rule: name, confidence: certainty.confidence, threads: [link.thread],
            victims: context.threadsBehind([position]), objects: context.objects(of: [link]), chain: [link],
            wouldRelease: [
                WouldRelease(
                    thread: link.thread, object: link.object, startRoutine: wording.startRoutine(link.thread),
                    status: .stuck, why: "it is the waiter itself")
            ],
            evidence: context.evidence(for: [link]), assumptions: certainty.assumptions,
            summary: "Thread \(wording.thread(link.thread)) waits\(wording.inPlace(link.thread)) for \(what).",
            nextStep: advice + places)
    }
}
