/// Holds what was seen of an engine against its map, each distinct thing once.
struct EngineChecker<Answers: MapAnswers> {
    private typealias Stack = EngineObservation.CallStack

    /// A wait and a signal by their calls, and by all that the map says of these.
    private struct Pair: Hashable {
        var wait: Act
        var signal: Act
    }

    private let answers: Answers
    private var pairs: [Pair: String] = [:]
    /// What a call does hangs on the kind of object that it was seen with.
    private struct Act: Hashable {
        var action: SiteAction
        var objects: Set<SiteObject>
        var stack: Stack
    }
    private var operations: [Act: DecidedOperation<Answers.Identity>?] = [:]
    private(set) var result = EngineCheck()

    init(_ answers: Answers) { self.answers = answers }

    /// Runtime libraries of languages, which wait and signal for their callers; what another library does by itself, such
    /// as an allocator that wakes a thread of its own, is nothing that the callers' maps could say.
    private static var runtimes: [String] {
        ["libstdc++", "libc++", "libc.so", "libpthread", "libgcc", "libdispatch", "libswift", "libFoundation"]
    }

    /// The calls in analysed files; none where another library works for itself.
    private func known(_ stack: Stack) -> Stack {
        let names = stack.prefix { !answers.covers($0.module) }.map { $0.module.split(separator: "/").last ?? "" }
        guard names.allSatisfy({ name in Self.runtimes.contains { name.hasPrefix($0) } }) else { return [] }
        return stack.filter { answers.covers($0.module) }
    }

    mutating func take(_ object: EngineObservation.ObservedObject) {
        // A lock of a program's own, or of a language, is seen as the word that it is made of.
        let objects: Set<SiteObject> = object.kind == "futex" ? [.signalled, .lock] : [.signalled]
        let waits = look(object.waits, .wait, objects)
        let signals = look(object.signals, .signal, objects)
        for wait in waits { for signal in signals { pairs[Pair(wait: wait, signal: signal)] = object.kind } }
    }

    /// Asks for the operations of each stack once; the stacks in analysed code.
    private mutating func look(_ stacks: Set<Stack>, _ action: SiteAction, _ objects: Set<SiteObject>) -> [Act] {
        var result: [Act] = []
        for stack in stacks.map(known) {
            if stack.isEmpty {
                self.result.outside += 1
                continue
            }
            let act = Act(action: action, objects: objects, stack: stack)
            result.append(act)
            if operations[act] != nil { continue }
            operations[act] = .some(answers.operation(on: stack, action, to: objects))
        }
        return result
    }

    mutating func take(_ creation: EngineObservation.Creation) {
        let stack = known(creation.stack)
        guard let place = stack.first else {
            result.outside += 1
            return
        }
        // As of waits and signals: a wrapper's caller decides.
        let possible = stack.compactMap(answers.starts(at:))
        if possible.isEmpty {
            if result.misses.insert(.init(what: .creationSite, places: [place], subject: "thread")).inserted {
                result.creationSites.add(false)
            }
            return
        }
        if creationPlaces.insert(place).inserted { result.creationSites.add(true) }
        let first = creation.firstCalls.first { answers.covers($0.module) }
        let routine =
            answers.covers(creation.startRoutine.module)
            ? creation.startRoutine : first.flatMap(answers.function(holding:))
        guard let routine else {
            result.startsUnseen += 1
            return
        }
        guard startPlaces.insert([place, routine]).inserted else { return }
        let isKnown = possible.contains { $0.functions.contains(routine) }
        let isOpen = possible.contains { $0.isOpen }
        result.starts.add(isKnown || isOpen)
        if isKnown { return }
        if isOpen {
            result.startsOpen += 1
        } else {
            result.misses.insert(.init(what: .startRoutine, places: [place, routine], subject: "thread"))
        }
    }

    private var creationPlaces: Set<FileAddress> = []
    private var startPlaces: Set<[FileAddress]> = []

    mutating func finish() {
        countSites(.wait, .waitSite, \.waitSites)
        countSites(.signal, .signalSite, \.signalSites)
        var best: [[FileAddress]: (level: MatchLevel?, subject: String)] = [:]
        for (pair, kind) in pairs {
            // Without a site there is a miss of another kind already.
            guard let wait = operations[pair.wait] ?? nil, let signal = operations[pair.signal] ?? nil
            else { continue }
            let places = [wait.place, signal.place]
            let level = answers.match(wait.identities, signal.identities)
            // One way to a pair of calls that the map excludes is a miss, whatever it says of the others.
            if let old = best[places], old.level == nil || level.map({ $0 <= old.level ?? $0 }) == true { continue }
            let names = (wait.identities + signal.identities).map(answers.name).joined(separator: " / ")
            best[places] = (level, "\(kind): \(names)")
        }
        for (places, (level, subject)) in best {
            result.pairs.add(level != nil)
            if let level {
                result.levels[level, default: 0] += 1
            } else {
                result.misses.insert(.init(what: .identity, places: places, subject: subject))
            }
        }
    }

    private mutating func countSites(
        _ action: SiteAction, _ what: EngineCheck.Miss.What, _ count: WritableKeyPath<EngineCheck, EngineCheck.Count>
    ) {
        var isKnown: [FileAddress: Bool] = [:]
        for (act, operation) in operations where act.action == action {
            isKnown[operation?.place ?? act.stack[0]] = operation != nil
        }
        for (place, isKnown) in isKnown {
            result[keyPath: count].add(isKnown)
            if !isKnown { result.misses.insert(.init(what: what, places: [place], subject: "\(action)")) }
        }
    }
}
