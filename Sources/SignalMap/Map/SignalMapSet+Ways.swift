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

/// What a thread may do that begins at some function, or goes on behind some call.
package struct ThreadSummary: Sendable {
    /// It goes on where calls have returned; else it begins at functions.
    package var goesOn: Bool
    /// Control may come back to callers that are not in this.
    package var mayReturn: Bool
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
    /// The surest way from a function or a return address to a signal of the object that `pattern` names: to sites of
    /// the best certainty that can be reached at all, over the strongest edges, and of those the shortest. Nil where
    /// there is none.
    package func way(from roots: [Reachability.Root], to pattern: IdentityPattern) -> CallWay? {
        var wanted: [Site: SiteCertainty] = [:]
        for found in sites(DWM_SIGNAL, on: pattern).found where found.certainty != .unknown {
            wanted[found.site] = found.certainty
        }
        if wanted.isEmpty { return nil }
        let reach = Reachability(self).reach(from: roots)
        var best: (certainty: SiteCertainty, level: UInt8, calls: Int, site: Site, number: Int)?
        for (site, number) in reach.sites(self) {
            guard let certainty = wanted[site] else { continue }
            let level = reach.level(of: number)
            if let best, (best.certainty, best.level) < (certainty, level) { continue }
            let calls = reach.way(to: number).count
            if let best, (best.certainty, best.level, best.calls, best.site) <= (certainty, level, calls, site) {
                continue
            }
            best = (certainty, level, calls, site, number)
        }
        guard let best else { return nil }
        return CallWay(steps: steps(to: best.number, in: reach), site: best.site, certainty: best.certainty)
    }

    /// How code that was searched comes to a number, step by step; empty for a root.
    package func steps(to number: Int, in reach: Reach) -> [CallWay.Step] {
        reach.way(to: number).map { step in
            let function = reach.function(numbered: step.from, self)
            return CallWay.Step(
                function: function, call: step.call, level: dwm_level(rawValue: UInt32(step.level)),
                isCallback: maps[function.map].call(step.call)?.is_callback == 1, isCreation: step.isCreation)
        }
    }

    /// All that a thread may do which runs on from `roots`, what the threads do that it creates not counted.
    package func thread(running roots: [Reachability.Root]) -> ThreadSummary {
        var options = Reachability.Options()
        options.followsCreations = false
        let reach = Reachability(self).reach(from: roots, options)
        var waits: [Named: [Site]] = [:]
        var signals: [Named: [Site]] = [:]
        var creates: [String: [Site]] = [:]
        for site in Set(reach.sites(self).map(\.site)) where !isCovered[site.map][site.operation] {
            let operation = record(site)
            let named = Named(name: IdentityText(maps[site.map]).name(operation.identity), kind: operation.object)
            switch action(site) {
            case DWM_WAIT: waits[named, default: []].append(site)
            case DWM_SIGNAL: signals[named, default: []].append(site)
            case DWM_CREATE:
                for name in routines(of: operation, in: site.map) { creates[name, default: []].append(site) }
            default: break
            }
        }
        func sorted(_ groups: [Named: [Site]]) -> [(name: String, kind: UInt8, sites: [Site])] {
            groups.sorted { ($0.key.name, $0.key.kind) < ($1.key.name, $1.key.kind) }.map {
                ($0.key.name, $0.key.kind, $0.value.sorted())
            }
        }
        let goesOn = roots.contains { if case .returnAddress = $0 { true } else { false } }
        return ThreadSummary(
            goesOn: goesOn, mayReturn: reach.mayReturn,
            reached: Set(reach.functions + reach.roots.map { number($0.function) }).count,
            functionCount: functionCount, waits: sorted(waits), signals: sorted(signals),
            creates: creates.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) },
            outside: reach.outside.keys.sorted(), notUnderstood: openCalls(of: reach))
    }

    /// An instruction that may go several ways counts once.
    private func openCalls(of reach: Reach) -> Int {
        struct Place: Hashable {
            var map: Int
            var address: UInt64
        }
        return Set(reach.openCalls.map { Place(map: $0.map, address: maps[$0.map].call($0.call)?.address ?? 0) }).count
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
