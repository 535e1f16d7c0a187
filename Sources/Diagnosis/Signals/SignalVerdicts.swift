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
        case .owned: return nil
        case .free(let reason):
            guard let item = waits.items[position] else { return (.waiting, "waits for \(goal); \(reason)", false) }
            guard item.wait.isTimed, item.wait.loop == .working else {
                return (.waiting, "waits for \(name(item) ?? goal); \(reason)", item.wait.isTimed)
            }
            let limit = wait.timeoutNanoseconds.map { ", at the latest in \(Wording.timeout($0))" } ?? ""
            return (.idle, "waits for \(name(item) ?? goal)\(limit); \(reason)", true)
        case .dependent:
            guard let item = waits.items[position], let found = waits.releaser(of: position) else { return nil }
            var text = "waits for \(name(item) ?? goal), which \(words(found.by)) "
            // Narrower scopes are looked into first: what is only found in a wider one rests on what is not known.
            text += found.scope == .decided ? "can still " : "may "
            return (.waiting, text + words(found.how) + chance(found.scope), true)
        }
    }

    private func chance(_ scope: SignalWaits.Scope) -> String {
        switch scope {
        case .decided: ""
        case .understood: ", if that is the same object"
        case .everything: ", by calls that are not understood"
        }
    }

    private func words(_ actor: SignalWaits.Actor) -> String {
        func thread(_ position: Int) -> String {
            "thread \(context.wording.thread(context.index.snapshot.threads[position].id))"
        }
        switch actor {
        case .thread(let position): return thread(position)
        case .callback: return "a function that others may call at any time"
        case .wrapper(let position): return "the wait's own wrapper in \(thread(position))"
        }
    }

    private func name(_ item: SignalWaits.Item) -> String? {
        let set = waits.maps.set
        let names = Set(item.wait.sites.map { IdentityText(set.maps[$0.map]).name(set.record($0).identity) })
        return names.count == 1 ? names.first.flatMap { $0 == IdentityText.unknown ? nil : $0 } : nil
    }

    private func words(_ releaser: SignalWaits.Releaser) -> String {
        let set = waits.maps.set
        switch releaser {
        case .unknown: return "release, as far as is known of the code it can reach"
        case .signal(let signal, _, _):
            let function = set.function(of: signal.site).map { set.name(of: $0) } ?? "?"
            let place = set.place(ofCall: set.record(signal.site).call, in: signal.site.map).map { " (\($0.text))" } ?? ""
            return "signal in \(function)\(place)"
        case .write(let write, _, _):
            let function = set.maps[write.map].stores[write.store].function
            return "end by what it writes in "
                + "\(set.name(of: SignalMapSet.Function(map: write.map, index: function))) "
                + "(\(set.place(ofStore: write.store, in: write.map).text))"
        }
    }
}
