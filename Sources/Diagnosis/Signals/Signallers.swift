import ProcessModel
import SignalMap
import SignalMapABI

/// Who would end a wait by the maps: the functions that do it, the threads that run these, and where such threads are
/// created.
struct Signallers {
    /// A function that ends the wait, with the places where it does.
    struct Function {
        var function: SignalMapSet.Function
        var name: String
        /// "async_worker.c:301", or the address.
        var places: [String]
        /// It writes what the loop looks at; else it signals.
        var writes: Bool
    }

    /// A start routine whose threads come to one of the functions.
    struct Routine {
        var function: SignalMapSet.Function
        var name: String
        /// Positions of threads that run it.
        var threads: [Int]
        /// Functions that create its threads, with places.
        var creations: [String]
    }

    private(set) var functions: [Function] = []
    private(set) var routines: [Routine] = []

    /// So many routines are looked into.
    private static let mostRoutines = 256

    init(of item: SignalWaits.Item, _ waits: SignalWaits) {
        let set = waits.maps.set
        var places: [SignalMapSet.Function: [String]] = [:]
        var order: [SignalMapSet.Function] = []
        func add(_ function: SignalMapSet.Function, _ place: String?) {
            if places[function] == nil { order.append(function) }
            if let place, places[function]?.contains(place) != true { places[function, default: []].append(place) }
        }
        // Where only a write ends the wait, those who write are the ones.
        let writesOnly = waits.needsWrite(item)
        if writesOnly {
            for write in item.releasers.writes[waits.binding(of: item)] where write.isKnown {
                let function = set.maps[write.map].stores[write.store].function
                add(
                    SignalMapSet.Function(map: write.map, index: function),
                    set.place(ofStore: write.store, in: write.map).text)
            }
        } else {
            let own = set.withoutCallers(item.releasers.signals.filter { $0.answer <= .type }.map(\.site))
            for site in own {
                guard let function = set.function(of: site) else { continue }
                add(function, set.place(ofCall: set.record(site).call, in: site.map)?.text)
            }
        }
        functions = order.map {
            Function(function: $0, name: set.name(of: $0), places: places[$0] ?? [], writes: writesOnly)
        }
        findRoutines(item, waits)
    }

    private mutating func findRoutines(_ item: SignalWaits.Item, _ waits: SignalWaits) {
        routines = Self.routines(waits).filter { routine in
            let code = waits.code(startingAt: routine.function)
            return functions.contains { code.reach.reaches(variantOf: $0.function, waits.maps.set) }
        }
    }

    /// Start routines that threads are created for, as many as are looked into.
    static func routines(_ waits: SignalWaits) -> [Routine] {
        let set = waits.maps.set
        var creations: [SignalMapSet.Function: [String]] = [:]
        for site in set.ownSites(DWM_CREATE) {
            let record = set.record(site)
            let place = set.place(ofCall: record.call, in: site.map)?.text
            let creator = set.function(of: site).map { set.name(of: $0) } ?? "?"
            for target in set.maps[site.map].targets(ofSet: record.targets) {
                guard let function = set.function(target: target, in: site.map) else { continue }
                let text = creator + (place.map { " (\($0))" } ?? "")
                if creations[function]?.contains(text) != true { creations[function, default: []].append(text) }
            }
        }
        return creations.keys.sorted().prefix(mostRoutines).map { function in
            Routine(
                function: function, name: set.name(of: function),
                threads: waits.stacks.indices.filter { waits.stacks[$0].start == function },
                creations: creations[function] ?? [])
        }
    }
}

extension Signallers.Routine {
    /// What the registry knows of its threads, of which none lives.
    func history(_ maps: ProcessMaps, _ context: RuleContext) -> (status: WouldRelease.Status, why: String) {
        guard let facts = context.facts else { return (.absent, "no live thread runs it") }
        let address = maps.address(of: function, in: context.index.snapshot)
        let ended = facts.record.threads.filter { $0.startRoutine == address && $0.state == .exited }.count
        if let failure = facts.record.failures.first(where: { $0.startRoutine == address }) {
            return (.creationFailed, "could not be created (\(RegistryWords.error(failure.error)))")
        }
        if ended > 0 { return (.exited, "\(ended) created, all have ended") }
        return (.neverCreated, "none was ever created")
    }
}
