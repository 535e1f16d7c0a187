import SignalMap
import SignalMapABI

/// Signal maps of the files of one program, linked with each other.
public final class LinkedMaps: MapAnswers {
    /// An identity of one of the maps, as some operation has it.
    public struct Identity: Hashable, Sendable {
        var map: Int
        var identity: UInt32
        /// As `Primitive.Kind` numbers them.
        var kind: UInt8
        /// The primitive's own call, by which the loops around it and around its wrappers are found.
        var origin: UInt32
    }

    private let set: SignalMapSet
    private let paths: [String]
    private let comparison: IdentityComparison
    private lazy var signals = set.sites(DWM_SIGNAL) + set.sites(DWM_RELEASE)
    private var placed: [FileAddress: [SignalMapSet.Site]] = [:]
    private var matching: [Identity: [(site: SignalMapSet.Site, level: MatchLevel)]] = [:]
    private var writing: [Identity: [(number: Int, level: MatchLevel)]] = [:]
    private let reachability: Reachability

    /// So many tail calls in a row are looked through for what they do.
    private static let tailLimit = 4

    /// Calls of more possible targets are not looked through.
    private static let targetLimit = 32

    init(_ maps: [SignalMapFile], paths: [String]) {
        set = SignalMapSet(maps)
        self.paths = paths
        comparison = IdentityComparison(set)
        reachability = Reachability(set)
    }

    public func covers(_ module: String) -> Bool { paths.contains(module) }

    // MARK: Operations

    private func map(_ place: FileAddress) -> Int? { paths.firstIndex(of: place.module) }

    /// The records of the call that returns there: one for each way that it may go.
    private func calls(returningTo place: FileAddress) -> (map: Int, function: UInt32, calls: [UInt32])? {
        guard let number = map(place), let first = set.maps[number].call(returningTo: place.address),
            let address = set.maps[number].call(first)?.address,
            let function = set.maps[number].function(holding: address)
        else { return nil }
        let calls = set.maps[number].calls(ofFunction: function).map { UInt32($0) }.filter {
            set.maps[number].call($0)?.address == address
        }
        return (number, function, calls)
    }

    private func sites(at place: FileAddress) -> [SignalMapSet.Site] {
        if let known = placed[place] { return known }
        let found = findSites(at: place)
        placed[place] = found
        return found
    }

    private func findSites(at place: FileAddress) -> [SignalMapSet.Site] {
        guard let (map, function, calls) = calls(returningTo: place) else { return [] }
        let own = set.maps[map].operations(ofFunction: function).filter {
            calls.contains(set.maps[map].operations[$0].call)
        }.map { SignalMapSet.Site(map: map, operation: $0) }
        if !own.isEmpty { return own }
        // Whoever is called may have jumped on: then this frame is the one that is seen.
        let near = Set(calls.flatMap { targets(ofCall: $0, in: map) }).sorted().flatMap { tailSites(of: $0) }
        if !near.isEmpty { return near }
        // Where nothing of the kind is among few targets, it was one of many.
        return Set(calls.flatMap { targets(ofCall: $0, in: map, limit: .max) }).sorted().flatMap {
            tailSites(of: $0, depth: 0)
        }
    }

    /// What a function does by its last jump, or what it jumps to by its own, so many jumps on.
    private func tailSites(
        of function: SignalMapSet.Function, depth: Int = LinkedMaps.tailLimit
    ) -> [SignalMapSet.Site] {
        var found: [SignalMapSet.Site] = []
        for callee in [function] + jumpTargets(of: [function], depth: depth) {
            let file = set.maps[callee.map]
            found += file.operations(ofFunction: callee.index).filter {
                file.call(file.operations[$0].call)?.length == 0
            }.map { SignalMapSet.Site(map: callee.map, operation: $0) }
        }
        return found
    }

    private func targets(
        ofCall call: UInt32, in map: Int, limit: Int = LinkedMaps.targetLimit
    ) -> [SignalMapSet.Function] {
        guard let record = set.maps[map].call(call) else { return [] }
        switch dwm_call_kind(rawValue: UInt32(record.kind)) {
        case DWM_CALL_FUNCTION: return [SignalMapSet.Function(map: map, index: record.target)]
        case DWM_CALL_SYMBOL: return [set.function(symbol: record.target, in: map)].compactMap(\.self)
        case DWM_CALL_TARGETS:
            // Of a call that may go to many little is learned.
            let functions = functions(ofSet: record.target, in: map)
            return functions.count <= limit ? functions : []
        default: return []
        }
    }

    private func functions(ofSet targets: UInt32, in map: Int) -> [SignalMapSet.Function] {
        set.maps[map].targets(ofSet: targets).compactMap { target in
            target & DWM_IMPORTED != 0
                ? set.function(symbol: target & ~DWM_IMPORTED, in: map)
                : SignalMapSet.Function(map: map, index: target)
        }
    }

    public func operations(at place: FileAddress) -> [SiteOperation<Identity>] {
        let sites = sites(at: place)
        // A wait that also takes a lock back is a wait for what it is named for.
        let isWait = sites.contains { set.action($0) == DWM_WAIT }
        return sites.compactMap { site in
            let record = set.record(site)
            if isWait, set.action(site) == DWM_ACQUIRE { return nil }
            let action: SiteAction
            switch set.action(site) {
            case DWM_WAIT, DWM_ACQUIRE, DWM_JOIN: action = .wait
            case DWM_SIGNAL, DWM_RELEASE: action = .signal
            case DWM_CREATE: action = .create
            default: return nil
            }
            return SiteOperation(
                action: action, object: Self.object(record.object), identity: identity(site),
                isParametric: record.flags & UInt16(DWM_PARAMETRIC.rawValue) != 0)
        }
    }

    private static func object(_ kind: UInt8) -> SiteObject {
        switch Primitive.Kind(rawValue: kind) {
        case .mutex, .readLock, .writeLock, .spinlock, .streamLock: .lock
        case .thread, .process, .fileDescriptor, .descriptorSet, .messageQueue, .semaphoreSet, .processSignal, .timer,
            .fileLock:
            .other
        case .condition, .semaphore, .barrier, .latch, .once, .future, .atomicWord, .futex, .queue, .group, .workItem,
            .continuation, .task, .parkToken, .parkingLot, .source, .runLoop, nil:
            .signalled
        }
    }

    private func identity(_ site: SignalMapSet.Site) -> Identity {
        let record = set.record(site)
        return Identity(map: site.map, identity: record.identity, kind: record.object, origin: record.origin)
    }

    // MARK: Matches

    public func match(_ wait: Identity, _ signal: Identity) -> MatchLevel? {
        guard Self.group(wait.kind) == Self.group(signal.kind) else { return nil }
        switch comparison.compare(wait.identity, in: wait.map, with: signal.identity, in: signal.map) {
        case .same: return .same
        case .member: return .member
        case .type: return .type
        case .possible:
            return [wait, signal].allSatisfy { IdentityText(set.maps[$0.map]).isDecided($0.identity) }
                ? .possible : .unknown
        case .no: return nil
        }
    }

    /// A lock that is taken in two ways is given back in one; a descriptor is a member of sets.
    private static func group(_ kind: UInt8) -> UInt8 {
        switch Primitive.Kind(rawValue: kind) {
        case .readLock: Primitive.Kind.writeLock.rawValue
        case .descriptorSet: Primitive.Kind.fileDescriptor.rawValue
        case .atomicWord: Primitive.Kind.futex.rawValue
        default: kind
        }
    }

    private func matches(_ wait: Identity) -> [(site: SignalMapSet.Site, level: MatchLevel)] {
        if let known = matching[wait] { return known }
        var levels: [Identity: MatchLevel?] = [:]
        let found = signals.compactMap { site -> (SignalMapSet.Site, MatchLevel)? in
            var signal = identity(site)
            signal.origin = DWM_NONE
            let level: MatchLevel?
            if let known = levels[signal] {
                level = known
            } else {
                level = match(wait, signal)
                levels[signal] = .some(level)
            }
            return level.map { (site, $0) }
        }
        matching[wait] = found
        return found
    }

    public func sites(matching wait: Identity) -> [MatchingSite] {
        matches(wait).compactMap { site, level in
            guard let function = set.function(of: site), let call = set.maps[site.map].call(set.record(site).call)
            else { return nil }
            return MatchingSite(
                place: FileAddress(module: paths[site.map], address: call.address &+ UInt64(max(call.length, 1))),
                function: start(function), level: level)
        }
    }

    public func way(from function: FileAddress, to wait: Identity) -> SignalWay? {
        guard let map = map(function), let index = set.maps[map].function(holding: function.address) else { return nil }
        let reach = reachability.reach(from: [.function(SignalMapSet.Function(map: map, index: index))])
        let signallers = matches(wait).compactMap { site, level in
            set.function(of: site).map { (set.number($0), level) }
        }
        return (signallers + writers(wait)).compactMap { number, level -> SignalWay? in
            guard reach.reaches(number) else { return nil }
            return SignalWay(match: level, edge: EdgeLevel(rawValue: Int(reach.level(of: number))) ?? .any)
        }.min()
    }

    public func isRun(_ function: FileAddress, before place: FileAddress) -> Bool {
        guard let (map, _, calls) = calls(returningTo: place) else { return false }
        return calls.contains { call in
            set.maps[map].call(call)?.is_callback == 1
                && targets(ofCall: call, in: map, limit: .max).map(start).contains(function)
        }
    }

    /// The functions that write what the loop around a wait tests, by number.
    private func writers(_ wait: Identity) -> [(number: Int, level: MatchLevel)] {
        if let known = writing[wait] { return known }
        let file = set.maps[wait.map]
        let calls = Set(file.operations.lazy.filter { $0.origin == wait.origin }.map(\.call))
        let tested = file.loops.indices.filter { calls.contains(file.loops[$0].call) }.flatMap { index in
            file.predicates(ofLoop: UInt32(index)).map(\.identity).filter { $0 != DWM_NONE }
        }
        var found: [(number: Int, level: MatchLevel)] = []
        for (map, other) in set.maps.enumerated() where !tested.isEmpty {
            var levels: [UInt32: MatchLevel?] = [:]
            for store in other.stores where store.identity != DWM_NONE {
                let level: MatchLevel?
                if let known = levels[store.identity] {
                    level = known
                } else {
                    level = tested.compactMap {
                        match(
                            Identity(map: wait.map, identity: $0, kind: 0, origin: DWM_NONE),
                            Identity(map: map, identity: store.identity, kind: 0, origin: DWM_NONE))
                    }.min()
                    levels[store.identity] = .some(level)
                }
                guard let level else { continue }
                found.append((set.number(SignalMapSet.Function(map: map, index: store.function)), level))
            }
        }
        writing[wait] = found
        return found
    }

    // MARK: Functions

    public func starts(at place: FileAddress) -> PossibleStarts? {
        let creations = sites(at: place).filter { set.action($0) == DWM_CREATE }
        if creations.isEmpty { return nil }
        var starts = PossibleStarts()
        for site in creations {
            let targets = set.record(site).targets
            let functions = functions(ofSet: targets, in: site.map)
            starts.functions.formUnion(functions.map(start))
            // One that jumps on leaves no frame of its own.
            starts.functions.formUnion(jumpTargets(of: functions, limit: .max).map(start))
            if functions.isEmpty || set.maps[site.map].targetSet(targets)?.is_open != 0 { starts.isOpen = true }
        }
        return starts
    }

    /// What functions' last jumps lead to, and theirs, each once.
    private func jumpTargets(
        of functions: [SignalMapSet.Function], limit: Int = LinkedMaps.targetLimit, depth: Int = LinkedMaps.tailLimit
    ) -> [SignalMapSet.Function] {
        struct Targets: Hashable {
            var map: Int
            var kind: UInt8
            var target: UInt32
        }
        var seen = Set(functions)
        // Calls of unknown targets share large sets.
        var expanded: Set<Targets> = []
        var found: [SignalMapSet.Function] = []
        var level = functions
        for _ in 0..<depth {
            level = level.flatMap { one in
                let file = set.maps[one.map]
                return file.calls(ofFunction: one.index).flatMap { index -> [SignalMapSet.Function] in
                    guard let call = file.call(UInt32(index)), call.length == 0,
                        expanded.insert(Targets(map: one.map, kind: call.kind, target: call.target)).inserted
                    else { return [] }
                    return targets(ofCall: UInt32(index), in: one.map, limit: limit).filter {
                        seen.insert($0).inserted
                    }
                }
            }
            found += level
        }
        return found
    }

    public func function(holding place: FileAddress) -> FileAddress? {
        guard let map = map(place), let index = set.maps[map].function(holding: place.address) else { return nil }
        return start(SignalMapSet.Function(map: map, index: index))
    }

    private func start(_ function: SignalMapSet.Function) -> FileAddress {
        FileAddress(
            module: paths[function.map], address: set.maps[function.map].function(function.index)?.start ?? 0)
    }

    public func name(of identity: Identity) -> String {
        IdentityText(set.maps[identity.map]).path(identity.identity)
    }
}
