import ProcessModel
import SignalMap
import SignalMapABI

/// Words what the maps say of one object that nobody who lives will signal.
struct UnreachedSignalFinding {
    let waits: SignalWaits
    let scope: SignalWaits.Scope
    let context: RuleContext

    private var wording: Wording { context.wording }
    private var set: SignalMapSet { waits.maps.set }
    private var threads: [Thread] { context.index.snapshot.threads }

    func finding(named name: RuleName, _ object: SyncObjectID, _ positions: [Int]) -> Finding {
        // Those deepest in the program first: somebody called them and is owed an answer.
        let ordered = positions.sorted { depth($0) == depth($1) ? $0 < $1 : depth($0) > depth($1) }
        let ids = ordered.map { threads[$0].id }
        guard let item = ordered.first.flatMap({ waits.items[$0] }) else {
            return Finding(rule: name, confidence: .cannotTell, threads: ids, summary: "", nextStep: "")
        }
        let signallers = Signallers(of: item, waits)
        let partners = partners(of: item, except: positions)
        let certainty = certainty(ordered, item)
        let earlier = Set(context.earlier.flatMap { $0.threads + $0.victims })
        let isBehind = !partners.isEmpty && partners.allSatisfy { earlier.contains(threads[$0].id) }
        return Finding(
            rule: name, effect: isBehind ? .consequence : .stuck, confidence: certainty.confidence, threads: ids,
            victims: context.threadsBehind(positions).filter { !ids.contains($0) }, objects: [object],
            wouldRelease: releases(signallers, object), evidence: evidence(ordered, object, item, signallers, partners),
            assumptions: certainty.assumptions,
            summary: summary(ids, object, item, signallers, partners, certainty.confidence),
            nextStep: nextStep(ordered, signallers, partners))
    }

    /// Frames between the thread's start and its wait.
    private func depth(_ position: Int) -> Int { waits.stacks[position].places.count }

    // MARK: Who could

    /// Stuck threads that could end the wait if they went on.
    private func partners(of item: SignalWaits.Item, except: [Int]) -> [Int] {
        (waits.stuck[scope] ?? []).subtracting(except).sorted().filter { waits.hasPlace(ending: item, $0, scope) }
    }

    private func releases(_ signallers: Signallers, _ object: SyncObjectID) -> [WouldRelease] {
        signallers.routines.prefix(8).map { routine in
            let live = routine.threads.map { threads[$0].id }
            let why: String
            let status: WouldRelease.Status
            if let first = live.first {
                status = .stuck
                why =
                    "thread \(wording.thread(first))\(live.count > 1 ? " and \(live.count - 1) more" : "") "
                    + "\(live.count > 1 ? "run" : "runs") it and cannot come to the signal"
            } else {
                (status, why) = routine.history(waits.maps, context)
            }
            return WouldRelease(
                thread: live.first, object: object, startRoutine: routine.name, status: status, why: why)
        }
    }

    // MARK: Words

    /// "`__wt_async.flush_cond->cond` (condition 0x7f00)".
    private func goal(_ object: SyncObjectID, _ item: SignalWaits.Item) -> String {
        let plain = wording.object(object, kind: threads[item.wait.position].wait?.kind ?? .condition)
        let name = wording.list(waits.names(of: item))
        if name == IdentityText.unknown || plain.hasSuffix(name) { return plain }
        return "\(name) (\(plain))"
    }

    private func who(_ signallers: Signallers) -> String {
        wording.list(signallers.functions.map(\.name))
    }

    private func summary(
        _ ids: [ThreadID], _ object: SyncObjectID, _ item: SignalWaits.Item, _ signallers: Signallers,
        _ partners: [Int], _ confidence: Confidence
    ) -> String {
        let one = ids.count == 1
        var text = wording.threads(ids).capitalizedFirst
        text += confidence >= .likely ? " can never be released: " : " may never be released: "
        text += "\(one ? "it waits" : "they wait") for \(goal(object, item)), which "
        guard !signallers.functions.isEmpty else { return text + "no code of the process signals." }
        let verb = signallers.functions[0].writes ? "lets anybody pass" : "signals"
        let verbs = signallers.functions[0].writes ? "let anybody pass" : "signal"
        text += "only \(who(signallers)) \(signallers.functions.count == 1 ? verb : verbs), and "
        if !partners.isEmpty {
            let names = partners.map { threads[$0].id }
            return text
                + "who could still come there \(names.count == 1 ? "waits" : "wait") \(names.count == 1 ? "itself" : "themselves"): "
                + "\(wording.threads(names))."
        }
        return text + "no live thread can come there or start one that does."
    }

    private func nextStep(_ positions: [Int], _ signallers: Signallers, _ partners: [Int]) -> String {
        let place = positions.first.flatMap { wording.place(threads[$0].id) }.map { " in \($0.words)" } ?? ""
        if let partner = partners.first {
            return
                "Look at what thread \(wording.thread(threads[partner].id)) waits for; the wait\(place) must not depend "
                + "on one who waits for this thread."
        }
        guard let routine = signallers.routines.first else {
            return signallers.functions.isEmpty
                ? "Signal it where its reason to wait ends, or do not wait\(place)."
                : "Do not wait\(place) when nobody is left who will come to \(who(signallers))."
        }
        let names = wording.list(signallers.routines.map(\.name))
        return routine.threads.isEmpty
            ? "Do not wait\(place) unless a thread of \(names) runs, or let its creation's failure and its end release the "
                + "waiters."
            : "Let \(names) release the waiters on every way out, or do not wait\(place) once it has gone on."
    }

    // MARK: Evidence

    private func evidence(
        _ positions: [Int], _ object: SyncObjectID, _ item: SignalWaits.Item, _ signallers: Signallers,
        _ partners: [Int]
    ) -> [Evidence] {
        var facts = positions.prefix(4).map { waiting($0, object) }
        for function in signallers.functions.prefix(4) {
            let verb = function.writes ? "It is only left by what is written" : "It is signalled"
            facts.append(Evidence("\(verb) in \(function.name) (\(wording.list(function.places)))."))
        }
        if signallers.functions.isEmpty { facts.append(Evidence("No place in the mapped binaries signals it.")) }
        let possible = item.releasers.signals.count { $0.answer == .possible }
        if possible > 0 {
            facts.append(
                Evidence(
                    "\(possible) more \(possible == 1 ? "place signals an object that is" : "places signal objects that are") "
                        + "not known; no live thread can come there either."
                ))
        }
        for routine in signallers.routines.prefix(3) {
            let who =
                routine.threads.isEmpty
                ? "no live thread runs it" : "run by \(wording.threads(routine.threads.map { threads[$0].id }))"
            let from =
                routine.creations.isEmpty ? "" : "; such threads are created in \(wording.list(routine.creations))"
            facts.append(Evidence("\(routine.name) comes there as a start routine: \(who)\(from)."))
        }
        for partner in partners.prefix(3) {
            facts.append(waiting(partner, threads[partner].wait?.object ?? object))
        }
        facts += others()
        return facts
    }

    private func waiting(_ position: Int, _ object: SyncObjectID) -> Evidence {
        let thread = threads[position]
        let place = wording.place(thread.id)
        var text =
            "Thread \(wording.thread(thread.id)) waits for \(wording.object(object, kind: thread.wait?.kind ?? .condition))"
        text += place.map { " in \($0.words)" } ?? ""
        guard let item = waits.items[position] else {
            return Evidence(text + ".", thread: thread.id, frame: place?.frame, object: object)
        }
        let (wait, binding) = (item.wait, waits.binding(of: item))
        if wait.isTimed { text += ", with a timeout" }
        if wait.loop == .pure {
            text += ", in a loop that does nothing else"
            let names = waits.testedNames(of: wait.regions[binding]).known
            if !names.isEmpty { text += " and is left on \(wording.list(names))" }
        }
        if let timeouts = thread.wait.flatMap({ WaitCandidate.timeouts($0, context.index) }), timeouts > 0 {
            text += "; its time ran out \(timeouts) \(timeouts == 1 ? "time" : "times") already"
        }
        return Evidence(text + ".", thread: thread.id, frame: place?.frame, object: object)
    }

    /// What the live ones can still reach; those of one reason and reach together.
    private func others() -> [Evidence] {
        struct Kind: Hashable {
            var reason: String
            var reached: Int
        }
        var order: [Kind] = []
        var groups: [Kind: [ThreadID]] = [:]
        for (position, code) in (waits.live[scope] ?? [:]).sorted(by: { $0.key < $1.key }) {
            var reason = ""
            if case .free(let why) = waits.standings[position] { reason = ": \(why)" }
            let kind = Kind(reason: reason, reached: code.reachedFunctions)
            if groups[kind] == nil { order.append(kind) }
            groups[kind, default: []].append(threads[position].id)
        }
        return order.prefix(4).map { kind in
            let ids = groups[kind] ?? []
            let one = ids.count == 1
            return Evidence(
                "\(wording.threads(ids).capitalizedFirst) \(one ? "goes" : "go") on\(kind.reason). From where "
                    + "\(one ? "it stands it" : "they stand they") can still reach \(kind.reached) of \(set.functionCount) "
                    + "functions, and none of these ends this wait.", thread: ids.first)
        }
    }

    /// Who might do it all the same, if what is not known were so.
    private func doubt(_ positions: [Int]) -> String? {
        guard let wider = SignalWaits.Scope(rawValue: scope.rawValue - 1), let position = positions.first,
            let found = waits.released[wider]?[position]
        else { return nil }
        return SignalVerdicts.doubt(found.by, found.how, wider, waits, wording)
    }

    // MARK: Confidence

    private func certainty(_ positions: [Int], _ item: SignalWaits.Item) -> Certainty {
        var certainty = Certainty(scope == .everything ? .proved : scope == .known ? .likely : .suspected)
        certainty.assume(
            "Closed world: only the threads and the mapped binaries of this process can signal it, and no library is loaded later."
        )
        let isDecided = item.wait.sites.contains {
            IdentityText(set.maps[$0.map]).isDecided(set.record($0).identity)
        }
        if !isDecided { certainty.lower(to: .suspected, because: "Which object it is was not decided by the code.") }
        if !waits.maps.missing.isEmpty {
            let names = waits.maps.missing.map { context.index.snapshot.modules[$0.module].name }
            certainty.lower(
                to: .suspected, because: "\(wording.list(names)) \(names.count == 1 ? "has" : "have") no map.")
        }
        if !waits.maps.misfits.isEmpty {
            certainty.lower(
                to: .suspected,
                because: "The map is of another build than the text: its ways and lines may be others.")
        }
        for (position, _) in (waits.live[scope] ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let reason = waits.stacks[position].unknown.first {
                certainty.lower(
                    to: .suspected,
                    because: "Of thread \(wording.thread(threads[position].id)) not all is known: \(reason).")
            }
        }
        if item.wait.isTimed, !isSeenToStay(positions) {
            certainty.lower(
                to: .suspected,
                because:
                    "That the timeout of the wait leads to nothing else, and what lets it pass, rests on the map alone."
            )
        }
        if positions.allSatisfy({ waits.mayBeIdle($0, context.graph) }) {
            certainty.lower(
                to: .suspected,
                because:
                    "It waits next to its start routine, and nobody joins it: it may be one that has nothing to do.")
        }
        if let doubt = doubt(positions) { certainty.assume(doubt) }
        weighMoments(positions, &certainty)
        weighCalls(&certainty)
        return certainty
    }

    /// Its time has run out before without leading anywhere, and by the code only what memory holds ends its loop.
    private func isSeenToStay(_ positions: [Int]) -> Bool {
        positions.allSatisfy { position in
            guard let item = waits.items[position], let wait = threads[position].wait,
                WaitCandidate.hasTimedOutAgain(wait, threads[position], context.index, context.facts)
            else { return false }
            return item.wait.regions.contains { $0.isLeftByMemoryOnly && !$0.leavesOtherwise }
        }
    }

    /// One who was looked at in another moment may have signalled in between.
    private func weighMoments(_ positions: [Int], _ certainty: inout Certainty) {
        for (other, _) in (waits.live[scope] ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let position = positions.first, !threads[other].instant.overlaps(threads[position].instant) else {
                continue
            }
            certainty.lower(
                to: .suspected,
                because: "Thread \(wording.thread(threads[other].id)) ran while the threads were looked at; --stop-all "
                    + "shows all of them at one moment.")
            return
        }
    }

    private func weighCalls(_ certainty: inout Certainty) {
        let (all, weak) = waits.indirectCalls(scope)
        guard weak > 0, scope != .everything else { return }
        certainty.assume(
            "Of \(all) indirect calls that a live thread can still reach it is not understood where \(weak) lead.")
    }
}
