import SignalMapABI

/// All questions that there are to maps, for fuzzing and tests: of maps that nobody may believe.
///
/// A question may find nothing; it must come back, in bounded time and memory, and never trap.
enum MapQuestions {
    /// Records of a kind that are asked about.
    private static let most = 64

    /// Of one map, and of it linked with itself.
    static func ask(_ map: SignalMapFile?) {
        guard let map else { return }
        records(map)
        let set = SignalMapSet([map, map])
        people(set)
        code(set)
        let empty = SignalMapSet([])
        for (old, new) in [(empty, set), (set, empty), (set, set)] {
            _ = SignalMapDiff(from: old, to: new).withoutSignaller.count
        }
        withExtendedLifetime(map) {}
    }

    /// Some indices from the front of a section, its last ones, and ones that lead nowhere.
    private static func indices(_ count: Int) -> [UInt32] {
        let all = Set(Array((0..<count).prefix(most)) + Array((0..<count).suffix(4)))
        return all.sorted().map { UInt32(clamping: $0) } + [UInt32(clamping: count), DWM_NONE]
    }

    private static func records(_ map: SignalMapFile) {
        let text = IdentityText(map)
        for identity in indices(map.identities.count) { _ = (text.path(identity), text.name(identity)) }
        for line in map.lines.prefix(most) {
            _ = map.line(at: line.address)
            _ = map.call(returningTo: line.address &+ 5)
            _ = map.block(holding: line.address)
        }
        for loop in indices(map.loops.count) { _ = map.predicates(ofLoop: loop).count }
        for export in map.exports.prefix(most) { _ = map.string(export.name).flatMap(map.export(named:)) }
    }

    /// What `deadwait map` can be asked.
    private static func people(_ set: SignalMapSet) {
        _ = MapSummary(set)
        _ = set.missingSymbols()
        let conditions = set.conditions()
        _ = conditions.filter(\.hasNoSignaller).filter(\.isNeverSignalled).count
        let names = conditions.prefix(4).map(\.name) + ["pool.idle", "f0:local", "idle", ""]
        let roots = functions(set).prefix(2).map { Reachability.Root.function($0) }
        for name in names {
            let pattern = IdentityPattern(name)
            _ = set.sites(DWM_SIGNAL, on: pattern).found.count
            _ = set.sites(DWM_WAIT, on: pattern).found.count
            _ = set.way(from: roots, to: pattern)
            _ = (set.functions(near: name), set.objects(near: name))
        }
        for root in roots { _ = set.thread(running: [root]) }
        for text in ["0x1005", "f0+0x5", "seed.c:1", "f0+0xffffffffffffffff", ":", "+"] {
            let roots = set.roots(named: text)
            _ = (set.way(from: roots, to: IdentityPattern("idle")), set.thread(running: roots).reached)
        }
        for function in functions(set).prefix(8) { _ = set.functions(named: set.name(of: function)) }
    }

    /// What a diagnosis asks: what still runs from somewhere on.
    private static func code(_ set: SignalMapSet) {
        let reachability = Reachability(set)
        _ = reachability.callbacks()
        var roots = functions(set).map { Reachability.Root.function($0) }
        for (number, map) in set.maps.enumerated() {
            for call in map.calls.prefix(most) {
                roots.append(.returnAddress(map: number, call.address &+ UInt64(call.length)))
            }
            roots += [.returnAddress(map: number, 0), .returnAddress(map: number, .max)]
        }
        roots += [.returnAddress(map: set.maps.count, 1), .function(SignalMapSet.Function(map: 9, index: 0))]
        for root in roots.prefix(most) { follow(reachability.reach(from: [root]), set) }
        var options = Reachability.Options()
        options.followsCreations = false
        options.weakest = DWM_TABLE.rawValue
        follow(reachability.reach(from: roots, options), set)
        let places = SourcePlaceSearch(set)
        for function in functions(set).prefix(4) {
            for line: UInt32 in [0, 1, 2, .max] {
                let place = SourcePlace(function: set.name(of: function), file: "seed.c", line: line)
                _ = places.roots(at: place, calledFrom: [set.name(of: function)]).roots.count
                _ = places.roots(ofStack: [place, place, place]).count
            }
        }
    }

    private static func follow(_ reach: Reach, _ set: SignalMapSet) {
        for (site, number) in reach.sites(set).prefix(8) { _ = (set.record(site), reach.way(to: number).count) }
        for (_, _, number) in reach.stores(set).prefix(8) { _ = reach.way(to: number).count }
        for number in reach.functions.prefix(8) { _ = reach.way(to: number).count }
    }

    private static func functions(_ set: SignalMapSet) -> [SignalMapSet.Function] {
        set.maps.enumerated().flatMap { number, map in
            map.functions.indices.prefix(most).map { SignalMapSet.Function(map: number, index: UInt32($0)) }
        }
    }
}
