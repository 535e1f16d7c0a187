import SignalMapABI

/// A way through the code from a function to what it may do.
package struct CallWay: Sendable {
    package struct Step: Sendable {
        package var function: SignalMapSet.Function
        /// Where the function goes on to the next one.
        package var call: UInt32
        package var level: dwm_level
        package var isCallback: Bool
        /// The next function is run by a thread that is created here.
        package var isCreation: Bool
    }

    package var steps: [Step]
    /// Where it ends, and how sure it is that this is the object that was asked for.
    package var site: SignalMapSet.Site
    package var certainty: SiteCertainty
}

/// What a thread may do that begins at some function.
package struct ThreadSummary: Sendable {
    /// Functions that it may run, of how many.
    package var reached: Int
    package var functionCount: Int
    /// What it may wait on and signal, by name with the number of sites.
    package var waits: [(name: String, kind: UInt8, sites: [SignalMapSet.Site])]
    package var signals: [(name: String, kind: UInt8, sites: [SignalMapSet.Site])]
    /// Start routines of threads that it may create.
    package var creates: [(routine: String, sites: [SignalMapSet.Site])]
    /// Names of what it may call in binaries that are not loaded, sorted.
    package var outside: [String]
    /// Calls on its ways that are not fully understood.
    package var notUnderstood: Int
}

extension SignalMapSet {
    /// The surest way from a function to a signal of the object that `pattern` names: to sites of the best certainty
    /// that can be reached at all. Nil where there is none.
    package func way(from roots: [Function], to pattern: IdentityPattern) -> CallWay? {
        let answer = sites(DWM_SIGNAL, on: pattern)
        let search = CallSearch(self, from: roots, followsCreations: true)
        var best: (cost: UInt32, found: SiteAnswer.Found, number: Int)?
        for found in answer.found where found.certainty != .unknown {
            guard let function = function(of: found.site) else { continue }
            let number = number(function)
            guard search.costs[number] != .max else { continue }
            if let best, (best.found.certainty, best.cost) <= (found.certainty, search.costs[number]) { continue }
            best = (search.costs[number], found, number)
        }
        guard let best else { return nil }
        let steps = search.way(to: best.number).map { step in
            let function = function(numbered: step.from)
            return CallWay.Step(
                function: function, call: step.call, level: dwm_level(rawValue: UInt32(step.level)),
                isCallback: maps[function.map].call(step.call)?.is_callback == 1, isCreation: step.isCreation)
        }
        return CallWay(steps: steps, site: best.found.site, certainty: best.found.certainty)
    }

    /// All that a thread may do which runs `roots`, what the threads do that it creates not counted.
    package func thread(running roots: [Function]) -> ThreadSummary {
        let search = CallSearch(self, from: roots, followsCreations: false)
        var waits: [Named: [Site]] = [:]
        var signals: [Named: [Site]] = [:]
        var creates: [String: [Site]] = [:]
        for number in search.reached {
            let function = function(numbered: number)
            let map = maps[function.map]
            let text = IdentityText(map)
            for index in map.operations(ofFunction: function.index) where !isCovered[function.map][index] {
                let operation = map.operations[index]
                let site = Site(map: function.map, operation: index)
                let named = Named(name: text.name(operation.identity), kind: operation.object)
                switch dwm_action(rawValue: UInt32(operation.action)) {
                case DWM_WAIT: waits[named, default: []].append(site)
                case DWM_SIGNAL: signals[named, default: []].append(site)
                case DWM_CREATE:
                    for name in routines(of: operation, in: function.map) { creates[name, default: []].append(site) }
                default: break
                }
            }
        }
        func sorted(_ groups: [Named: [Site]]) -> [(name: String, kind: UInt8, sites: [Site])] {
            groups.sorted { ($0.key.name, $0.key.kind) < ($1.key.name, $1.key.kind) }.map {
                ($0.key.name, $0.key.kind, $0.value.sorted())
            }
        }
        return ThreadSummary(
            reached: search.reached.count, functionCount: functionCount, waits: sorted(waits),
            signals: sorted(signals),
            creates: creates.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) },
            outside: search.outside.sorted(), notUnderstood: search.notUnderstood)
    }

    private struct Named: Hashable {
        var name: String
        var kind: UInt8
    }

    /// The start routines of a creation by name; one that is not known is "unknown".
    package func routines(of operation: dwm_operation, in map: Int) -> [String] {
        guard let record = maps[map].targetSet(operation.targets) else { return [IdentityText.unknown] }
        var names = maps[map].targets(ofSet: operation.targets).map { target in
            target & DWM_IMPORTED != 0
                ? maps[map].string(target & ~DWM_IMPORTED) ?? "?" : IdentityText(maps[map]).functionName(target)
        }
        if names.isEmpty || record.is_open != 0 { names.append(IdentityText.unknown) }
        return names
    }
}
