import ProcessModel
import SignalMap

/// Verdicts on threads that are not stuck, by the signal maps: who goes on by itself, and who will be released by whom.
struct SignalVerdicts {
    private let context: RuleContext
    private let waits: SignalWaits

    /// Nil without maps.
    init?(_ context: RuleContext) {
        guard let signals = context.signals else { return nil }
        self.context = context
        waits = signals.waits(in: context)
    }

    /// Nil for a thread of whose wait the maps say nothing. Not judged: nothing shows that somebody comes.
    func judge(_ position: Int) -> (verdict: Verdict, reason: String, isJudged: Bool)? {
        let thread = context.index.snapshot.threads[position]
        guard let wait = thread.wait, wait.object != nil else { return nil }
        let goal = context.wording.goal(kind: wait.kind, object: wait.object, owner: wait.owner)
        switch waits.standings[position] {
        case .owned, .ended: return nil
        case .free(let reason):
            if let routine = ownRoutine(of: thread), wait.isTimed == true {
                return (
                    .idle,
                    "waits for \(goal) in \(routine), which it was started with, until its time is up or it is woken",
                    true
                )
            }
            guard let item = waits.items[position] else { return (.waiting, "waits for \(goal); \(reason)", false) }
            guard item.wait.isTimed, item.wait.loop == .working else {
                return (.waiting, "waits for \(name(item) ?? goal); \(reason)", item.wait.isTimed)
            }
            // The first thread is nobody's server.
            return (position > 0 ? .idle : .waiting, "waits for \(name(item) ?? goal); \(reason)", true)
        case .dependent:
            if let item = waits.items[position], waits.isServer(position),
                waits.stuck[.understood]?.contains(position) == true
            {
                if let waker = waker(of: item) {
                    let name = name(item) ?? goal
                    return (.idle, "waits for \(name) in its start routine, which \(waker); nobody waits for it", true)
                }
                // Whether it has nothing to do, or waits in vain, the code alone does not show.
                return (
                    .waiting,
                    "waits for \(name(item) ?? goal) in its start routine; nobody is left who would signal it, and nobody "
                        + "waits for this thread, which may have nothing to do", true
                )
            }
            guard let item = waits.items[position], let found = waits.releaser(of: position) else { return nil }
            let how = Self.words(found.by, found.how, found.scope, waits, context.wording)
            return (.waiting, "waits for \(name(item) ?? goal), which \(how)", true)
        }
    }

    /// Of a text: what the thread was started with, where it waits in that itself.
    private func ownRoutine(of thread: Thread) -> String? {
        guard context.index.snapshot.process.source == .text,
            let standing = TextWaits(context.index).standing(of: thread), standing.isStarted, standing.frames.count == 1
        else { return nil }
        return context.wording.startRoutine(thread.id)
    }

    /// Who signals the object of a wait although that does not end the loop around it: "thread 12 (w) can still …".
    private func waker(of item: SignalWaits.Item) -> String? {
        let sure = item.releasers.signals.filter { $0.answer <= .type }
        guard !sure.isEmpty else { return nil }
        for (position, code) in (waits.live[.understood] ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let signal = sure.first(where: { $0.isReached(by: code) }) else { continue }
            return Self.words(.thread(position), .signal(signal), .understood, waits, context.wording)
        }
        return nil
    }

    private func name(_ item: SignalWaits.Item) -> String? {
        let names = waits.names(of: item)
        return names.count == 1 && names[0] != IdentityText.unknown ? names[0] : nil
    }

    /// "thread 12 (w) can still signal in work (queue.c:12)". Narrower scopes are looked into first: what is only found
    /// in a wider one rests on what is not known.
    private static func words(
        _ actor: SignalWaits.Actor, _ releaser: SignalWaits.Releaser, _ scope: SignalWaits.Scope, _ waits: SignalWaits,
        _ wording: Wording
    ) -> String {
        let set = waits.maps.set
        func thread(_ position: Int) -> String {
            "thread \(wording.thread(wording.index.snapshot.threads[position].id))"
        }
        let who =
            switch actor {
            case .thread(let position): thread(position)
            case .callback: "a function that others may call at any time"
            case .wrapper(let position): "the wait's own wrapper in \(thread(position))"
            }
        let what: String
        switch releaser {
        case .unknown: what = "release, as far as is known of the code it can reach"
        case .loading: what = "load a library that does"
        case .signal(let signal):
            let function = set.function(of: signal.site).map { set.name(of: $0) } ?? "?"
            let place = set.place(ofCall: set.record(signal.site).call, in: signal.site.map).map { " (\($0.text))" }
            what = "signal in \(function)\(place ?? "")"
        case .write(let write):
            let function = set.maps[write.map].stores[write.store].function
            what =
                "end by what it writes in "
                + "\(set.name(of: SignalMapSet.Function(map: write.map, index: function))) "
                + "(\(set.place(ofStore: write.store, in: write.map).text))"
        }
        let condition =
            switch (scope, releaser) {
            case (.understood, _): ""
            case (.known, .signal), (.known, .write), (.known, .unknown): ", if that is the same object"
            case (.known, .loading), (.everything, _): ", by calls that are not understood"
            }
        return "\(who) \(scope == .understood ? "can still" : "may") \(what)\(condition)"
    }

    /// The same as a sentence that speaks against a finding.
    static func doubt(
        _ actor: SignalWaits.Actor, _ releaser: SignalWaits.Releaser, _ scope: SignalWaits.Scope, _ waits: SignalWaits,
        _ wording: Wording
    ) -> String {
        "What speaks against it: " + words(actor, releaser, scope, waits, wording) + "."
    }
}
