import SignalMap
import SignalMapABI

/// What one of those who live may still run: a thread from where it stands, or what somebody else may call at any time.
struct LiveCode {
    let reach: Reach
    private let set: SignalMapSet
    /// Weaker edges were not followed.
    private let weakest: UInt32

    init(_ reach: Reach, _ set: SignalMapSet, _ options: Reachability.Options) {
        self.reach = reach
        self.set = set
        weakest = options.weakest
    }

    /// A call may run of which nothing is known at all.
    var callsUnknown: Bool {
        reach.openCalls.contains { map, call in
            set.maps[map].call(call).map { $0.kind == UInt8(truncatingIfNeeded: DWM_CALL_UNKNOWN.rawValue) } ?? true
        }
    }

    /// It may call a function that no map knows, over edges that are no weaker than this.
    func comes(toOneOf symbols: [String], by weakest: dwm_level) -> Bool {
        symbols.contains { symbol in reach.outside[symbol].map { UInt32($0) <= weakest.rawValue } == true }
    }

    /// A record that is damaged says nothing of where it is: it counts as reached.
    func reaches(_ site: SignalMapSet.Site) -> Bool {
        guard let function = set.function(of: site) else { return true }
        let call = set.maps[site.map].call(set.record(site).call)
        return reaches(function, block: call?.block ?? DWM_NONE, address: call?.address ?? 0)
    }

    /// The same of a site that hangs on its function's parameters, come by with an object that the maps do not know.
    func reaches(_ site: SignalMapSet.Site, by entries: [OpenEntries.Call]) -> Bool {
        guard let function = set.function(of: site) else { return true }
        // A thread that stands in it, or begins there, was handed something.
        let isRoot =
            reach.roots.contains { !$0.isVariant && $0.function == function }
            || reach.starts.contains(set.number(function))
        if isRoot, reaches(site) { return true }
        for entry in entries {
            let map = set.maps[entry.map]
            guard let call = map.call(entry.call), let caller = map.function(holding: call.address) else {
                return reaches(site)
            }
            let level = max(UInt32(call.level), UInt32(map.targetSet(call.target)?.level ?? 0))
            if call.kind == UInt8(truncatingIfNeeded: DWM_CALL_TARGETS.rawValue), level > weakest { continue }
            let place = SignalMapSet.Function(map: entry.map, index: caller)
            if reaches(place, block: call.block, address: call.address) { return reaches(site) }
        }
        return false
    }

    func reaches(_ write: Releasers.Write) -> Bool {
        if write.isLater { return true }
        let store = set.maps[write.map].stores[write.store]
        let function = SignalMapSet.Function(map: write.map, index: store.function)
        if reaches(function, block: store.block, address: store.address) { return true }
        // Whoever is in a call that may write has not done it yet.
        return reach.roots.contains { root in
            root.function == function
                && set.maps[write.map].call(at: store.address).map(root.holds(operationsOf:)) == true
        }
    }

    private func reaches(_ function: SignalMapSet.Function, block: UInt32, address: UInt64) -> Bool {
        guard function.index < set.maps[function.map].functions.count else { return true }
        return number(of: function, block: block, address: address) != nil
    }

    /// What `Reach.way` takes for a place in a function; nil for a place that is not reached.
    func number(of function: SignalMapSet.Function, block: UInt32, address: UInt64) -> Int? {
        if reach.reaches(set.number(function)) { return set.number(function) }
        return reach.roots.firstIndex { $0.function == function && $0.holds(block: block, address: address) }
            .map { reach.levels.count + $0 }
    }

    /// How many functions may run from their start.
    var reachedFunctions: Int {
        Set(reach.functions + reach.roots.lazy.filter(\.isVariant).map { set.number($0.function) }).count
    }

    /// Indirect calls that may run, and of how many of these it is not understood at all where they lead.
    func indirectCalls() -> (all: Int, weak: Int) {
        var (all, weak) = (0, 0)
        let whole = reach.functions.map { set.function(numbered: $0) }
        // Of functions that it stands in what lies ahead.
        let parts = reach.roots.filter { !reach.reaches(set.number($0.function)) }
        for (function, part) in whole.map({ ($0, nil) }) + parts.map({ ($0.function, Optional($0)) }) {
            let map = set.maps[function.map]
            var address: UInt64?
            var isWeak = true
            func close() {
                guard address != nil else { return }
                all += 1
                if isWeak { weak += 1 }
            }
            for index in map.calls(ofFunction: function.index) {
                let call = map.calls[index]
                let kind = dwm_call_kind(rawValue: UInt32(call.kind))
                guard kind == DWM_CALL_TARGETS || kind == DWM_CALL_UNKNOWN,
                    part?.holds(block: call.block, address: call.address) != false
                else { continue }
                if call.address != address {
                    close()
                    address = call.address
                    isWeak = true
                }
                if kind == DWM_CALL_TARGETS, UInt32(call.level) <= DWM_CLASS.rawValue { isWeak = false }
            }
            close()
        }
        return (all, weak)
    }
}
