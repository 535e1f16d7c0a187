import ProcessModel
import SignalMap
import SignalMapABI

/// Finds all functions that would end a thread's wait, and for each who comes there and who does not.
struct CandidateSearch {
    private(set) var wait: [String] = []
    private(set) var candidates: [ThreadExplanation.Candidate] = []
    private(set) var omitted = 0
    private(set) var silence: String?

    /// So many functions are looked into, and ways from so many different stacks.
    private static let mostCandidates = 24
    private static let mostStacks = 64

    private let position: Int
    private let waits: SignalWaits
    private let context: RuleContext
    private var set: SignalMapSet { waits.maps.set }
    private var threads: [Thread] { context.index.snapshot.threads }

    /// A place that ends the wait.
    private struct Goal {
        var function: SignalMapSet.Function
        var block: UInt32
        var address: UInt64
        var place: String?
        var effect: ThreadExplanation.Effect
        var isSure: Bool
        /// Whether code comes to it with an object that may be this one.
        var isReached: (LiveCode) -> Bool
    }

    init(_ position: Int, _ waits: SignalWaits, _ context: RuleContext) {
        self.position = position
        self.waits = waits
        self.context = context
        let thread = threads[position]
        guard let item = waits.items[position] else {
            if case .free(let reason) = waits.standings[position], thread.wait?.object != nil {
                silence = "It was not asked who could signal it: it \(reason)."
            }
            return
        }
        describe(item)
        let goals = goals(of: item)
        if goals.isEmpty { silence = "No place in the mapped binaries signals it." }
        var order: [SignalMapSet.Function] = []
        var groups: [SignalMapSet.Function: [Goal]] = [:]
        for goal in goals {
            if groups[goal.function] == nil { order.append(goal.function) }
            groups[goal.function, default: []].append(goal)
        }
        omitted = max(order.count - Self.mostCandidates, 0)
        let kinds = order.prefix(Self.mostCandidates).compactMap { groups[$0] }
        candidates = kinds.map { candidate($0) }
    }

    // MARK: The wait

    private mutating func describe(_ item: SignalWaits.Item) {
        let names = waits.names(of: item).map { $0 == IdentityText.unknown ? "an object that is not known" : $0 }
        wait.append("By the maps it waits on \(context.wording.list(names)).")
        guard item.wait.isTimed else {
            wait.append("It has no timeout: only a signal ends it.")
            return
        }
        switch item.wait.loop {
        case .none: wait.append("It has a timeout, and no loop leads back to the wait.")
        case .working: wait.append("It has a timeout, and the loop around it does other work each time.")
        case .pure:
            let binding = item.wait.regions[waits.binding(of: item)]
            let predicates = Set(
                binding.predicates.map { IdentityText(set.maps[$0.map]).name($0.record.identity) })
            let known = predicates.subtracting([IdentityText.unknown]).sorted()
            var text = "It has a timeout, and the loop around it does nothing but wait"
            if !known.isEmpty { text += " and look at \(context.wording.list(known))" }
            if predicates.contains(IdentityText.unknown) {
                text += known.isEmpty ? " and look at memory that is not known" : ", and at memory that is not known"
            }
            wait.append(text + ".")
            if item.wait.regions.count > 1 {
                wait.append(
                    "There are \(item.wait.regions.count) such loops, one in the other; this is the one "
                        + "\(waits.isStuck(position) ? "that nobody leaves" : "that is innermost").")
            }
            if binding.leavesOnResult {
                wait.append("What the wait returns may end the loop.")
            }
        }
        if case .free(let reason) = waits.standings[position] { wait.append("It goes on by itself: \(reason).") }
    }

    // MARK: Places

    /// The surest first.
    private func goals(of item: SignalWaits.Item) -> [Goal] {
        var goals: [Goal] = []
        // Of several loops that a timed wait is in, each has to be left: the one that nobody leaves counts.
        let binding = waits.binding(of: item)
        let region = item.wait.isTimed && item.wait.regions.indices.contains(binding) ? item.wait.regions[binding] : nil
        let writesOnly = region.map { !$0.leavesOnResult && !$0.predicates.isEmpty } ?? false
        for write in region == nil ? [] : item.releasers.writes[binding] {
            guard let store = stored(write) else { continue }
            goals.append(
                Goal(
                    function: store.function, block: store.block, address: store.address,
                    place: set.place(ofStore: write.store, in: write.map).text, effect: .writes, isSure: write.isKnown,
                    isReached: { $0.reaches(write) }))
        }
        // Who only signals does not let the thread pass then, and is of interest only where that is sure.
        for signal in item.releasers.signals where !writesOnly || signal.answer <= .type {
            guard let function = set.function(of: signal.site) else { continue }
            let call = set.maps[signal.site.map].call(set.record(signal.site).call)
            goals.append(
                Goal(
                    function: function, block: call?.block ?? DWM_NONE, address: call?.address ?? 0,
                    place: set.place(ofCall: set.record(signal.site).call, in: signal.site.map)?.text,
                    effect: writesOnly ? .wakes : .signals,
                    isSure: signal.answer <= .type,
                    isReached: { signal.isReached(by: $0) }))
        }
        return goals.filter(\.isSure) + goals.filter { !$0.isSure }
    }

    private func stored(_ write: Releasers.Write) -> (function: SignalMapSet.Function, block: UInt32, address: UInt64)?
    {
        let store = set.maps[write.map].stores[write.store]
        guard store.function < set.maps[write.map].functions.count else { return nil }
        return (SignalMapSet.Function(map: write.map, index: store.function), store.block, store.address)
    }

    // MARK: Ways

    private func candidate(_ goals: [Goal]) -> ThreadExplanation.Candidate {
        var ways: [ThreadExplanation.Way] = []
        var without: [ThreadID] = []
        var order: [Int] = []
        var alike: [Int: [Int]] = [:]
        for other in threads.indices {
            // Threads that stand in one place reach the same.
            let key = threads[other].stack ?? -1 - other
            if alike[key] == nil { order.append(key) }
            alike[key, default: []].append(other)
        }
        for key in order.prefix(Self.mostStacks) {
            let group = alike[key] ?? []
            let ids = group.map { threads[$0].id }
            guard let first = group.first,
                let found = way(to: goals, { waits.code(standing: first, $0) })
            else {
                without += ids
                continue
            }
            ways.append(
                ThreadExplanation.Way(
                    walker: .threads(ids), trust: found.trust, steps: found.steps,
                    obstacle: obstacle(group, found.trust)))
        }
        if let found = way(to: goals, waits.codeOfCallbacks) {
            ways.append(.init(walker: .callback, trust: found.trust, steps: found.steps, obstacle: nil))
        }
        for routine in Signallers.routines(waits, whose: { code in goals.contains { $0.isReached(code) } })
        where routine.threads.isEmpty {
            guard let found = way(to: goals, { $0 == .understood ? waits.code(startingAt: routine.function) : nil })
            else { continue }
            let created =
                routine.creations.isEmpty
                ? "" : "; such threads are created in \(context.wording.list(routine.creations))"
            ways.append(
                .init(
                    walker: .startRoutine(routine.name), trust: found.trust, steps: found.steps,
                    obstacle: routine.history(waits.maps, context).why + created))
        }
        ways = ways.filter { $0.obstacle == nil } + ways.filter { $0.obstacle != nil }
        var places: [String] = []
        for place in goals.compactMap(\.place) where !places.contains(place) { places.append(place) }
        return ThreadExplanation.Candidate(
            function: set.name(of: goals[0].function), places: places, effect: goals[0].effect,
            isSure: goals[0].isSure, ways: ways, without: without)
    }

    /// The way for which least has to be believed.
    private func way(
        to goals: [Goal], _ code: (SignalWaits.Scope) -> LiveCode?
    ) -> (trust: ThreadExplanation.Trust, steps: [ThreadExplanation.Step])? {
        for scope in SignalWaits.Scope.allCases.reversed() {
            guard let code = code(scope) else { continue }
            for goal in goals where goal.isReached(code) {
                let number = code.number(of: goal.function, block: goal.block, address: goal.address)
                return (scope.trust, number.map { steps(to: $0, in: code.reach) } ?? [])
            }
        }
        return nil
    }

    private func steps(to number: Int, in reach: Reach) -> [ThreadExplanation.Step] {
        set.steps(to: number, in: reach).map { step in
            ThreadExplanation.Step(
                function: set.name(of: step.function), place: set.place(ofCall: step.call, in: step.function.map)?.text,
                level: MapWords.level(step.level), isCreation: step.isCreation)
        }
    }

    /// Why threads that would come there do not, as a clause.
    private func obstacle(_ group: [Int], _ trust: ThreadExplanation.Trust) -> String? {
        if group == [position] { return "it is the thread that waits" }
        let scope = SignalWaits.Scope.allCases.first { $0.trust == trust } ?? .everything
        guard let stuck = waits.stuck[scope], group.allSatisfy({ stuck.contains($0) }) else { return nil }
        return "\(group.count == 1 ? "it waits" : "they wait") for what nobody who goes on ends, too"
    }
}

extension SignalWaits.Scope {
    fileprivate var trust: ThreadExplanation.Trust {
        switch self {
        case .everything: .guessed
        case .known: .known
        case .understood: .understood
        }
    }
}
