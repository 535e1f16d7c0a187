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
        findWays(order.prefix(Self.mostCandidates).compactMap { groups[$0] })
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
            let (known, hasUnknown) = waits.testedNames(of: binding)
            var text = "It has a timeout, and the loop around it does nothing but wait"
            if !known.isEmpty { text += " and look at \(context.wording.list(known))" }
            if hasUnknown {
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
        let writesOnly = waits.needsWrite(item)
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

    /// One of the candidates, as far as it is known.
    private func candidate(_ goals: [Goal]) -> ThreadExplanation.Candidate {
        var places: [String] = []
        for place in goals.compactMap(\.place) where !places.contains(place) { places.append(place) }
        return ThreadExplanation.Candidate(
            function: set.name(of: goals[0].function), places: places, effect: goals[0].effect,
            isSure: goals[0].isSure, ways: [], without: [])
    }

    /// Who would come to which of the functions: the code of each walker is looked at once for all of them.
    private mutating func findWays(_ kinds: [[Goal]]) {
        candidates = kinds.map(candidate)
        for group in groupsOfOnePlace() {
            let ids = group.map { threads[$0].id }
            for (number, found) in ways(to: kinds, { waits.code(standing: group[0], $0) }).enumerated() {
                guard let found else {
                    candidates[number].without += ids
                    continue
                }
                candidates[number].ways.append(
                    ThreadExplanation.Way(
                        walker: .threads(ids), trust: found.trust, steps: found.steps,
                        obstacle: obstacle(group, found.trust)))
            }
        }
        for (number, found) in ways(to: kinds, waits.codeOfCallbacks).enumerated() {
            guard let found else { continue }
            candidates[number].ways.append(
                .init(walker: .callback, trust: found.trust, steps: found.steps, obstacle: nil))
        }
        for routine in Signallers.routines(waits) where routine.threads.isEmpty {
            let found = ways(to: kinds) { $0 == .understood ? waits.code(startingAt: routine.function) : nil }
            for (number, found) in found.enumerated() {
                guard let found else { continue }
                let created =
                    routine.creations.isEmpty
                    ? "" : "; such threads are created in \(context.wording.list(routine.creations))"
                candidates[number].ways.append(
                    .init(
                        walker: .startRoutine(routine.name), trust: found.trust, steps: found.steps,
                        obstacle: routine.history(waits.maps, context).why + created))
            }
        }
        for number in candidates.indices {
            let ways = candidates[number].ways
            candidates[number].ways = ways.filter { $0.obstacle == nil } + ways.filter { $0.obstacle != nil }
        }
    }

    /// Positions of the threads; those that stand in one place, and so reach the same, together.
    private func groupsOfOnePlace() -> [[Int]] {
        var order: [Int] = []
        var alike: [Int: [Int]] = [:]
        for position in threads.indices {
            let key = threads[position].stack ?? -1 - position
            if alike[key] == nil { order.append(key) }
            alike[key, default: []].append(position)
        }
        return order.prefix(Self.mostStacks).compactMap { alike[$0] }
    }

    /// To each of the functions the way for which least has to be believed; nil where there is none.
    private func ways(
        to kinds: [[Goal]], _ code: (SignalWaits.Scope) -> LiveCode?
    ) -> [(trust: ThreadExplanation.Trust, steps: [ThreadExplanation.Step])?] {
        var ways: [(trust: ThreadExplanation.Trust, steps: [ThreadExplanation.Step])?] = kinds.map { _ in nil }
        for scope in SignalWaits.Scope.allCases.reversed() where ways.contains(where: { $0 == nil }) {
            guard let code = code(scope) else { continue }
            for (number, goals) in kinds.enumerated() where ways[number] == nil {
                guard let goal = goals.first(where: { $0.isReached(code) }) else { continue }
                let place = code.number(of: goal.function, block: goal.block, address: goal.address)
                ways[number] = (scope.trust, place.map { steps(to: $0, in: code.reach) } ?? [])
            }
        }
        return ways
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
