import ProcessModel
import SignalMap
import SignalMapABI

/// Which waits nobody who lives can end, by what the maps say of the code that each thread can still reach.
///
/// The greatest set of dependent waiters none of which can be released by one outside the set. A thread that runs, that
/// waits for the outside, of whose wait something decisive is not known, or whose timeout leads to other work is outside
/// the set: it goes on from where it stands, and may run all that is reachable from there.
struct SignalWaits {
    /// How much is believed.
    enum Scope: Int, CaseIterable {
        /// Every edge, whatever function pointers hold, and every place that might mean the object.
        case everything
        /// Of each call what is known best of it, however weak that is; every place that might mean the object.
        case known
        /// Calls as far as they are understood; what is written where the place is not known is taken to be other memory
        /// than a loop looks at.
        case understood

        var options: Reachability.Options {
            var options = Reachability.Options()
            if self != .everything { options.weakest = DWM_CLASS.rawValue }
            options.followsTheOnlyAnswer = self == .known
            return options
        }
    }

    /// A wait on an object without an owner, that only a signal or a write ends.
    struct Item {
        var wait: MappedWait
        var releasers: Releasers

        /// Of each of these it takes one who leads out; of a wait without a timeout a signal does.
        var regions: Range<Int> { 0..<(wait.isTimed ? max(wait.regions.count, 1) : 1) }
    }

    /// Who runs code.
    enum Actor {
        case thread(Int)
        /// Others may call functions that were handed to them, at any time.
        case callback
        /// The wrapper of this thread's wait does more than wait.
        case wrapper(Int)
    }

    /// What a thread is to the others.
    enum Standing {
        /// It goes on by itself, or may: why, as a clause.
        case free(String)
        case dependent
        /// Waits for what another thread holds or for its end.
        case owned
        /// Has ended: only its entry is left.
        case ended
    }

    /// Waits that the same places end: of one stack, with as many of its regions left.
    private struct Alike: Hashable {
        var stack: Int?
        var isTimed: Bool
        var regions: Int
    }

    let maps: ProcessMaps
    let stacks: [MappedStack]
    let standings: [Standing]
    /// By position of the thread.
    let items: [Int: Item]
    /// Positions that nobody outside can release.
    private(set) var stuck: [Scope: Set<Int>] = [:]
    /// By scope and position, for threads that are not stuck for it: what they may still run.
    private(set) var live: [Scope: [Int: LiveCode]] = [:]
    /// By scope and position: who was found to release a thread.
    private(set) var released: [Scope: [Int: (by: Actor, how: Releaser)]] = [:]
    /// The first of the regions that nobody leaves, of threads that are stuck.
    private var bindings: [Scope: [Int: Int]] = [:]
    /// The same by the surest answers, but for who loads a library only if calls lead where nothing but a guess by an
    /// offset leads them.
    private var releasedBarringGuesses: [Int: (by: Actor, how: Releaser)] = [:]
    private let reachability: Reachability
    /// Functions that may run although no thread goes on: handlers of signals.
    private let interrupts: [SignalMapSet.Function]
    private let knowsAllThreads: Bool
    /// Positions of threads that wait for others to have come, or for what one of these makes.
    let waitsForOthers: Set<Int>
    /// By position of the thread: what it waits for.
    let objects: [SyncObjectID?]
    let comparison: IdentityComparison

    init(_ maps: ProcessMaps, _ index: SnapshotIndex, _ graph: WaitGraph, _ facts: EngineFacts?, held: Set<Int>) {
        self.maps = maps
        let set = maps.set
        let threads = index.snapshot.threads
        stacks = maps.stacks(index)
        reachability = Reachability(set)
        interrupts = Self.interrupts(reachability.callbacks(), set)
        knowsAllThreads = index.processGaps.isEmpty
        objects = threads.map { $0.wait?.object }
        waitsForOthers = Set(
            threads.indices.filter {
                switch threads[$0].wait?.kind {
                case .barrier, .latch, .future, .once, .conditionDestroy, .dispatchGroup: true
                default: false
                }
            })
        comparison = IdentityComparison(set)
        let signals = set.ownSites(DWM_SIGNAL)
        let entries = OpenEntries(signals, set)
        var standings: [Standing] = []
        var items: [Int: Item] = [:]
        var known: [Alike: Releasers] = [:]
        for (position, thread) in threads.enumerated() {
            let candidate = WaitCandidate(position, thread, stacks[position], set, index, facts)
            standings.append(candidate.standing)
            guard let wait = candidate.wait else { continue }
            let kind = Alike(stack: thread.stack, isTimed: wait.isTimed, regions: wait.regions.count)
            let releasers = known[kind] ?? Releasers(wait, set, comparison, signals, entries)
            known[kind] = releasers
            items[position] = Item(wait: wait, releasers: releasers)
        }
        self.standings = standings
        self.items = items
        var mayLoad = false
        for scope in Scope.allCases {
            let found = settled(scope, graph, held)
            stuck[scope] = found.stuck
            live[scope] = found.live
            released[scope] = found.released
            bindings[scope] = found.bindings
            if scope == .known { mayLoad = found.mayLoad }
        }
        // Asked of those alone whom only what is not understood releases, and another answer only if somebody loads.
        let isAsked = stuck[.understood]?.subtracting(stuck[.known] ?? []).isEmpty == false
        releasedBarringGuesses =
            isAsked && mayLoad
            ? settled(.known, graph, held, weakestToLoad: DWM_PROTOTYPE).released : released[.known] ?? [:]
    }

    // MARK: The fixed point

    private struct Settled {
        var stuck: Set<Int>
        var live: [Int: LiveCode]
        var released: [Int: (by: Actor, how: Releaser)]
        var bindings: [Int: Int]
        /// Somebody was met who comes to loading a library.
        var mayLoad: Bool
    }

    /// `weakestToLoad`: by weaker edges nobody comes to loading a library.
    private func settled(
        _ scope: Scope, _ graph: WaitGraph, _ held: Set<Int>, weakestToLoad: dwm_level = DWM_ANY
    ) -> Settled {
        var stuck = held
        for position in standings.indices {
            switch standings[position] {
            case .dependent: stuck.insert(position)
            case .owned where graph.edges[position]?.releasers.contains(where: { $0 != position }) == true:
                stuck.insert(position)
            case .owned, .free, .ended: break
            }
        }
        var codes: [Int: LiveCode] = [:]
        var releases: [Int: (by: Actor, how: Releaser)] = [:]
        // A thread leaves all the regions that it goes round in, or it stays in one.
        var left: [Int: Set<Int>] = [:]
        var mayLoad = false
        // Somebody runs or will.
        var isAnybodyLeft = false
        func isReleased(_ position: Int, _ actors: [(Actor, LiveCode)]) -> Bool {
            if held.contains(position) { return false }
            guard let item = items[position] else {
                guard let edge = graph.edges[position] else { return true }
                // Who reads is not known: anybody who lives may be one of them.
                let open = edge.releasers.filter { graph.isCounted($0) ? isAnybodyLeft : !stuck.contains($0) }
                return edge.needsEach ? open.count == edge.releasers.count : !open.isEmpty
            }
            let regions = item.regions
            for (actor, code) in actors {
                for region in regions where left[position]?.contains(region) != true {
                    guard let releaser = Self.releaser(of: item, region, code, scope, weakestToLoad)
                    else { continue }
                    if case .loading = releaser { mayLoad = true }
                    left[position, default: []].insert(region)
                    releases[position] = (actor, releaser)
                }
            }
            let isFree = left[position]?.count == regions.count
            if !isFree { releases[position] = nil }
            return isFree
        }
        var fresh = standings.indices.filter { position in
            if case .ended = standings[position] { false } else { !stuck.contains(position) }
        }
        var others: [(Actor, LiveCode)] = [(.callback, code(interrupts.map { .function($0) }, scope))]
        // What the wrapper of a wait does besides goes on as long as the wait is tried again.
        others += stuck.sorted().compactMap { position in aside(position, scope).map { (.wrapper(position), $0) } }
        repeat {
            if !isAnybodyLeft, !fresh.isEmpty || !knowsAllThreads {
                isAnybodyLeft = true
                others.append((.callback, codeOfCallbacks(scope)))
            }
            let actors =
                others
                + fresh.map { position in
                    let code = code(standing: position, scope)
                    codes[position] = code
                    return (.thread(position), code)
                }
            others = []
            fresh = stuck.filter { isReleased($0, actors) }.sorted()
            stuck.subtract(fresh)
        } while !fresh.isEmpty
        var bindings: [Int: Int] = [:]
        for position in stuck {
            bindings[position] = items[position]?.regions.first { left[position]?.contains($0) != true }
        }
        return Settled(stuck: stuck, live: codes, released: releases, bindings: bindings, mayLoad: mayLoad)
    }

    /// What registers handlers of signals (sigaction(2), signal(2) and its older forms). Whatever else is handed to a
    /// library runs on a thread of the process: one that goes on, or one that somebody creates who does.
    private static let handlers: Set<String> = [
        "sigaction", "__sigaction", "sigvec", "signal", "bsd_signal", "sysv_signal", "__sysv_signal", "ssignal",
        "sigset",
    ]

    /// Those of the functions that a signal may run on a thread that waits. Of some it is not known what registers them.
    private static func interrupts(
        _ callbacks: [SignalMapSet.Function], _ set: SignalMapSet
    ) -> [SignalMapSet.Function] {
        var found: Set<SignalMapSet.Function> = []
        for (number, map) in set.maps.enumerated() {
            for callback in map.callbacks {
                guard let how = map.string(callback.how), how.isEmpty || handlers.contains(how) else { continue }
                found.insert(SignalMapSet.Function(map: number, index: callback.function))
            }
        }
        return callbacks.filter { found.contains($0) }
    }

    /// What a thread may run once it goes on from where it stands.
    func code(standing position: Int, _ scope: Scope) -> LiveCode {
        var roots = stacks[position].roots
        // Code that is not known may call whatever others may.
        if !stacks[position].unknown.isEmpty { roots += exported }
        return code(roots, scope)
    }

    /// What others may run at any time by calling functions that were handed to them.
    func codeOfCallbacks(_ scope: Scope) -> LiveCode {
        code(reachability.callbacks().map { .function($0) }, scope)
    }

    private func code(_ roots: [Reachability.Root], _ scope: Scope) -> LiveCode {
        LiveCode(reachability.reach(from: roots, scope.options), maps.set, scope.options)
    }

    /// All functions that the binaries offer to others.
    private var exported: [Reachability.Root] {
        maps.set.maps.enumerated().flatMap { place, map in
            map.exports.map { .function(SignalMapSet.Function(map: place, index: $0.function)) }
        }
    }

    private func aside(_ position: Int, _ scope: Scope) -> LiveCode? {
        guard let wait = items[position]?.wait, let loop = wait.regions.filter(\.worksAside).map(\.frame).max() else {
            return nil
        }
        let inner = stacks[position].places.filter { $0.frame < loop }
        return code(inner.compactMap { MappedStack.function(of: $0, maps).map { .function($0) } }, scope)
    }

    /// What is not understood leads somebody to a place that may end the wait: that nothing else does says little. Only
    /// that something is written nobody knows where is no such place, nor is a library that a guess would have to load first.
    func isInReach(_ position: Int, _ scope: Scope) -> Bool {
        guard scope == .understood else { return false }
        switch releasedBarringGuesses[position]?.how {
        case .signal, .unknown, .loading: return true
        case .write(let write): return write.isKnown
        case nil: return false
        }
    }

    /// Of the live thread that reaches most: the indirect calls ahead, and of how many it is not understood where they
    /// lead.
    func indirectCalls(_ scope: Scope) -> (all: Int, weak: Int) {
        var (all, weak) = (0, 0)
        for (_, code) in live[scope] ?? [:] {
            let count = code.indirectCalls()
            (all, weak) = (max(all, count.all), max(weak, count.weak))
        }
        return (all, weak)
    }

    // MARK: Answers

    /// In any scope.
    func isStuck(_ position: Int) -> Bool { stuck.values.contains { $0.contains(position) } }

    /// Of a wait's regions the one that its thread cannot leave, else the innermost.
    func binding(of item: Item) -> Int {
        Scope.allCases.lazy.compactMap { bindings[$0]?[item.wait.position] }.first ?? 0
    }

    /// Whether only a write ends the wait: whoever signals makes its thread look again, and wait on.
    func needsWrite(_ item: Item) -> Bool {
        let binding = binding(of: item)
        return item.wait.isTimed && item.wait.regions.indices.contains(binding)
            && item.wait.regions[binding].isLeftByMemoryOnly
    }

    /// What the tests look at that lead out of a region: each name once, and whether there is memory that is not known.
    func testedNames(of region: MappedWait.Region) -> (known: [String], hasUnknown: Bool) {
        let names = Set(region.predicates.map { IdentityText(maps.set.maps[$0.map]).name($0.record.identity) })
        return (names.subtracting([IdentityText.unknown]).sorted(), names.contains(IdentityText.unknown))
    }

    /// What of the code ends the wait.
    enum Releaser {
        case signal(Releasers.Signal)
        case write(Releasers.Write)
        /// Something in it is not known and may do it.
        case unknown
        /// It may load code that is not there yet.
        case loading

        /// There is a place that does it.
        var isSeen: Bool {
            switch self {
            case .signal, .write: true
            case .unknown, .loading: false
            }
        }
    }

    private static let loaders = ["dlopen", "dlmopen", "__libc_dlopen_mode"]

    /// What of the code leads out of a region of the wait.
    static func releaser(
        of item: Item, _ region: Int, _ code: LiveCode, _ scope: Scope,
        _ weakestToLoad: dwm_level = DWM_ANY
    ) -> Releaser? {
        if scope == .everything, !code.reach.openCalls.isEmpty || !code.reach.unknownRoots.isEmpty { return .unknown }
        if scope == .known, code.callsUnknown || !code.reach.unknownRoots.isEmpty { return .unknown }
        // What a library does that is not there yet is not known.
        if code.comes(toOneOf: loaders, by: weakestToLoad) { return .loading }
        let (wait, releasers) = (item.wait, item.releasers)
        if wait.isTimed, wait.regions.indices.contains(region) {
            for write in releasers.writes[region] where write.isKnown || scope != .understood {
                if code.reaches(write) { return .write(write) }
            }
            // Nothing but what memory holds leads out; who comes to a signal may write it where the place is not known.
            if wait.regions[region].isLeftByMemoryOnly, scope != .understood { return nil }
        }
        for signal in releasers.signals {
            if signal.isReached(by: code) { return .signal(signal) }
        }
        return nil
    }

    /// Whether a thread that goes on from where it stands comes to a place that ends the wait. That it might do anything
    /// is not enough.
    func hasPlace(ending item: Item, _ position: Int, _ scope: Scope) -> Bool {
        let code = code(standing: position, scope)
        return item.regions.contains { Self.releaser(of: item, $0, code, scope)?.isSeen == true }
    }

    /// What the maps call the object of a wait, each name once: several where it is not decided which it is.
    func names(of item: Item) -> [String] {
        let set = maps.set
        return Set(item.wait.sites.map { IdentityText(set.maps[$0.map]).name(set.record($0).identity) }).sorted()
    }

    /// Who was found to end a wait, in the narrowest scope in which it is not stuck.
    func releaser(of position: Int) -> (by: Actor, how: Releaser, scope: Scope)? {
        for scope in Scope.allCases.reversed() {
            if let found = released[scope]?[position] { return (found.by, found.how, scope) }
        }
        return nil
    }

    /// What a thread that begins at a function may run, the threads that it creates not counted.
    func code(startingAt function: SignalMapSet.Function) -> LiveCode {
        var options = Scope.understood.options
        options.followsCreations = false
        return LiveCode(reachability.reach(from: [.function(function)], options), maps.set, options)
    }
}
