import SignalMapChecks

@testable import SignalMap

/// A map that knows functions by their names alone: each call of a known name does what the name says to an object that
/// may be any of its kind, and each function may call whatever it calls directly or whose address is taken anywhere.
///
/// It misses nothing but what is inlined, and tells nothing apart: a right map, to be made wrong in one place.
final class CoarseMap: MapAnswers {
    struct Maker: MapMaker {
        /// Sites in functions of these names are left out.
        var without: Set<String> = []
        /// Whether any signal is of the object that a thread waits for.
        var hasMatches = true
        /// Whether creations name any start routine.
        var hasStarts = true

        func answers(for files: [String]) throws -> CoarseMap {
            CoarseMap(try files.map { BinaryCode(try CodeMap(try BinaryFile(path: $0))) }, self)
        }
    }

    struct Place: Hashable {
        var file: Int
        var function: Int
    }

    private let codes: [BinaryCode]
    private let maker: Maker
    private var sites: [FileAddress: (SiteAction, String)] = [:]
    private var edges: [Place: Set<Place>] = [:]
    private var taken: Set<Place> = []

    init(_ codes: [BinaryCode], _ maker: Maker) {
        self.codes = codes
        self.maker = maker
        var exports: [String: Place] = [:]
        for (file, code) in codes.enumerated() {
            for (name, address) in code.map.binary.exports {
                guard let function = code.map.function(holding: address) else { continue }
                exports[name] = exports[name] ?? Place(file: file, function: function)
            }
            for address in code.map.takenAddresses {
                guard let function = code.map.function(holding: address) else { continue }
                taken.insert(Place(file: file, function: function))
            }
        }
        for (file, code) in codes.enumerated() {
            for (index, function) in code.map.functions.enumerated() {
                let place = Place(file: file, function: index)
                let isLeftOut = function.ranges.contains {
                    code.map.ranges[$0].names.contains { maker.without.contains($0) }
                }
                for position in function.ranges.flatMap({ code.map.ranges[$0].instructions }) {
                    let instruction = code.map.instructions[position]
                    switch code.map.directTarget(of: instruction) {
                    case .function(let callee)?: edges[place, default: []].insert(Place(file: file, function: callee))
                    case .symbol(let name)?:
                        if let known = exports[name] { edges[place, default: []].insert(known) }
                        guard let site = Self.site(name), !isLeftOut else { continue }
                        let end = instruction.address + UInt64(instruction.length)
                        sites[FileAddress(module: code.map.binary.path, address: end)] = site
                    default: break
                    }
                }
            }
        }
    }

    private static func site(_ name: String) -> (SiteAction, String)? {
        let waits = [
            "pthread_cond_wait": "condition", "pthread_cond_timedwait": "condition",
            "pthread_cond_clockwait": "condition", "sem_wait": "semaphore", "sem_timedwait": "semaphore",
            "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE": "condition",
        ]
        let signals = [
            "pthread_cond_signal": "condition", "pthread_cond_broadcast": "condition", "sem_post": "semaphore",
            "_ZNSt18condition_variable10notify_oneEv": "condition",
            "_ZNSt18condition_variable10notify_allEv": "condition",
        ]
        if let kind = waits[name] { return (.wait, kind) }
        if let kind = signals[name] { return (.signal, kind) }
        return [
            "pthread_create", "_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE",
        ]
        .contains(name) ? (.create, "thread") : nil
    }

    // MARK: Answers

    func covers(_ module: String) -> Bool { codes.contains { $0.map.binary.path == module } }

    func operations(at place: FileAddress) -> [SiteOperation<String>] {
        sites[place].map { [SiteOperation(action: $0.0, identity: $0.1)] } ?? []
    }

    func match(_ wait: String, _ signal: String) -> MatchLevel? {
        maker.hasMatches && wait == signal ? .possible : nil
    }

    func sites(matching wait: String) -> [MatchingSite] {
        sites.compactMap { place, site in
            guard maker.hasMatches, site.0 == .signal, site.1 == wait, let function = function(holding: place)
            else { return nil }
            return MatchingSite(place: place, function: function, level: .possible)
        }
    }

    func way(from function: FileAddress, to wait: String) -> SignalWay? {
        guard let start = self.place(function) else { return nil }
        let goals = Set(sites(matching: wait).compactMap { self.place($0.function) })
        var seen: Set<Place> = [start]
        var open = [start]
        while let next = open.popLast() {
            if goals.contains(next) { return SignalWay(match: .possible, edge: .any) }
            for callee in (edges[next] ?? []).union(taken) where seen.insert(callee).inserted { open.append(callee) }
        }
        return nil
    }

    /// Nothing that it knows to signal runs anything.
    func isRun(_ function: FileAddress, before place: FileAddress) -> Bool { false }

    func starts(at place: FileAddress) -> PossibleStarts? {
        guard sites[place]?.0 == .create else { return nil }
        return PossibleStarts(functions: maker.hasStarts ? Set(taken.map(start)) : [])
    }

    func function(holding place: FileAddress) -> FileAddress? { self.place(place).map(start) }

    func name(of identity: String) -> String { "any \(identity)" }

    private func place(_ place: FileAddress) -> Place? {
        guard let file = codes.firstIndex(where: { $0.map.binary.path == place.module }),
            let function = codes[file].map.function(holding: place.address)
        else { return nil }
        return Place(file: file, function: function)
    }

    private func start(_ place: Place) -> FileAddress {
        FileAddress(
            module: codes[place.file].map.binary.path, address: codes[place.file].map.start(of: place.function))
    }
}
