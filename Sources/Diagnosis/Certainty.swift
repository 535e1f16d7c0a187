import ProcessModel

/// What is left of a finding's confidence after all that speaks against it, with the sentences that say so.
struct Certainty {
    private(set) var confidence: Confidence
    private(set) var assumptions: [String] = []

    init(_ confidence: Confidence = .proved) { self.confidence = confidence }

    /// States what is taken for granted; the confidence stays.
    mutating func assume(_ sentence: String) {
        if !assumptions.contains(sentence) { assumptions.append(sentence) }
    }

    /// Not more than `limit` any more.
    mutating func lower(to limit: Confidence, because sentence: String) {
        confidence = min(confidence, limit)
        assume(sentence)
    }

    /// Weighs how the links of a chain were seen: layouts, timeouts, gaps, and whether it was one moment.
    mutating func weigh(_ chain: [ChainLink], in context: RuleContext) {
        weighInstants(chain.map(\.thread), in: context)
        for link in chain {
            weighTimeout(link, in: context)
            weighOwner(link, in: context)
            for gap in context.index.gaps(about: link.thread) {
                lower(
                    to: .likely,
                    because: "Of thread \(context.wording.thread(link.thread)) a part was not seen: "
                        + "could not \(gap.operation) (\(gap.reason)).")
            }
        }
    }

    /// Threads may be held against each other only if there is a moment at which none of them ran.
    private mutating func weighInstants(_ ids: [ThreadID], in context: RuleContext) {
        let threads = ids.compactMap { context.index.thread($0) }
        for thread in threads where thread.instant.proof == .none {
            lower(
                to: .cannotTell,
                because:
                    "Cannot tell: thread \(context.wording.thread(thread.id)) may have run while it was looked at; "
                    + "run again or use --stop-all.")
            return
        }
        // Spans overlap pairwise if and only if the latest start is not after the earliest end.
        guard let latest = threads.max(by: { $0.instant.start < $1.instant.start }),
            let earliest = threads.min(by: { $0.instant.end < $1.instant.end })
        else { return }
        if !latest.instant.overlaps(earliest.instant) {
            lower(
                to: .cannotTell,
                because: "Cannot tell: the looks at thread \(context.wording.thread(earliest.id)) and thread "
                    + "\(context.wording.thread(latest.id)) do not overlap; run again or use --stop-all.")
        }
    }

    private mutating func weighTimeout(_ link: ChainLink, in context: RuleContext) {
        switch context.index.thread(link.thread)?.wait?.isTimed {
        case .some(true):
            lower(
                to: .suspected,
                because: "The wait of thread \(context.wording.thread(link.thread)) for \(context.wording.goal(link)) "
                    + "has a timeout, so it ends by itself; it may come back at once.")
        case .some(false): break
        case nil:
            lower(
                to: .likely,
                because: "The wait of thread \(context.wording.thread(link.thread)) for \(context.wording.goal(link)) "
                    + "is taken to have no timeout; that could not be read.")
        }
    }

    private mutating func weighOwner(_ link: ChainLink, in context: RuleContext) {
        guard let id = link.object, let object = context.index.object(id) else { return }
        let name = context.wording.object(id, kind: link.kind)
        // A joined thread is told by the futex word that the kernel clears at its end, whatever libc's layout is.
        if link.kind != .join {
            switch object.layout {
            case .probed: break
            case .table:
                lower(
                    to: .likely,
                    because: "The owner of \(name) was read by the layout of the libc that was recognised; "
                        + "no other object was there to confirm it.")
            case .unknown:
                lower(to: .suspected, because: "The layout of \(name) is not known for sure.")
            }
        }
        if context.index.readers.name(link.owner, of: object) {
            lower(
                to: .likely,
                because: "Who reads is known from the runtime library's record alone: \(name) only counts its readers.")
        } else if !object.owners.isEmpty, !object.owners.contains(link.owner) {
            lower(
                to: .cannotTell,
                because: "Cannot tell: \(name) was held by \(context.wording.threads([link.owner])) at one look and by "
                    + "\(context.wording.threads(object.owners)) at another; run again or use --stop-all.")
        }
        for gap in context.index.gaps(about: id) {
            lower(to: .likely, because: "Of \(name) a part was not seen: could not \(gap.operation) (\(gap.reason)).")
        }
    }
}
