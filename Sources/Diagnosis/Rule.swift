import ProcessModel

/// One way in which threads do not go on. A rule is one file, and one line in `RuleRegistry`.
///
/// It reads only what the context holds, and says the same of the same snapshot each time.
public protocol Rule: Sendable {
    var name: RuleName { get }
    func findings(in context: RuleContext) -> [Finding]
}

/// What a rule reads.
public struct RuleContext {
    public let index: SnapshotIndex
    public let graph: WaitGraph
    public let wording: Wording
    /// By position of a node: the threads whose wait names it.
    public let waiters: [[Int]]
    /// The threads that each thread cannot go on without, by position.
    public let required: [[Int]]
    /// What the engine declared and the registry saw; nil without a registry.
    public let facts: EngineFacts?
    /// Who could signal what, by the maps of the process's binaries; nil without maps.
    let signals: SignalBox?
    /// What the rules before this one found.
    public internal(set) var earlier: [Finding] = []

    public init(_ index: SnapshotIndex, graph: WaitGraph) { self.init(index, graph: graph, maps: nil) }

    package init(_ index: SnapshotIndex, graph: WaitGraph, maps: ProcessMaps?) {
        self.index = index
        self.graph = graph
        wording = Wording(index)
        facts = EngineFacts(index.snapshot)
        signals = maps.map { SignalBox($0) }
        waiters = graph.waiters()
        required = graph.requiredThreads()
    }

    /// With what the rules find, one after the other.
    init(assessing snapshot: Snapshot, by rules: [any Rule], _ maps: ProcessMaps?) {
        var index = SnapshotIndex(snapshot)
        if snapshot.process.source == .text { index.focus.prefer(TextWaits(index).places()) }
        if let maps { index.focus.prefer(maps.waitPlaces(index)) }
        self.init(index, graph: WaitGraph(index), maps: maps)
        for rule in rules { earlier += rule.findings(in: self) }
    }

    /// Threads of which the rules so far have shown, or made likely, that they cannot go on.
    var heldForGood: Set<ThreadID> {
        Set(earlier.filter { $0.effect != .delay && $0.confidence >= .likely }.flatMap { $0.threads + $0.victims })
    }

    /// The link from the thread at `position` to one of its owners. Nil when it does not wait for that one.
    func link(from position: Int, to owner: ThreadID) -> ChainLink? {
        guard let thread = graph.threadID(at: position), let edge = graph.edges[position] else { return nil }
        return ChainLink(thread: thread, kind: edge.kind, object: edge.object, owner: owner)
    }

    /// All threads that wait, over any number of steps, for one of `positions`; these left out. By id.
    func threadsBehind(_ positions: [Int]) -> [ThreadID] {
        var seen = Set(positions)
        var open = positions
        var behind: [ThreadID] = []
        while let position = open.popLast() {
            for waiter in waiters[position] where graph.edges[waiter]?.needsEach == true {
                guard seen.insert(waiter).inserted, let id = graph.threadID(at: waiter) else { continue }
                behind.append(id)
                open.append(waiter)
            }
        }
        return behind.sorted()
    }

    /// The facts that every chain rests on: where each thread waits, who the object says holds it, and that all of it
    /// was so at one moment.
    func evidence(for chain: [ChainLink]) -> [Evidence] {
        let links = chain.flatMap { link in
            var facts: [Evidence] = []
            let place = wording.place(link.thread)
            let sources = index.thread(link.thread)?.wait?.sources ?? []
            let basis = sources.isEmpty ? "" : ", known from \(wording.list(sources.map(\.words)))"
            facts.append(
                Evidence(
                    "Thread \(wording.thread(link.thread)) waits for \(wording.goal(link))"
                        + "\(place.map { " in \($0.words)" } ?? "")\(basis).",
                    thread: link.thread, frame: place?.frame, object: link.object))
            if link.kind != .join, let id = link.object, let object = index.object(id) {
                let field = object.fields.first { $0.value == link.owner.description }
                facts.append(
                    index.readers.name(link.owner, of: object)
                        ? reading(object, by: link.owner)
                        : Evidence(
                            "\(wording.object(id, kind: link.kind).capitalizedFirst) names \(link.owner) as its owner"
                                + "\(field.map { " (\($0.name) = \($0.value))" } ?? "").",
                            object: id, field: field?.name))
            }
            return facts
        }
        var seen: Set<Evidence> = []
        return links.filter { seen.insert($0).inserted }
            + (sameMoment(chain.map(\.thread)).map { [Evidence($0)] } ?? [])
    }

    /// That a thread holds a rwlock for reading, and who says so.
    private func reading(_ object: SyncObject, by reader: ThreadID) -> Evidence {
        let count = object.anonymousHolders ?? 0
        let place = index.readers.site(of: object.id, by: reader).flatMap {
            facts?.words.place($0, isReturnAddress: true)
        }
        return Evidence(
            "Thread \(wording.thread(reader)) holds \(wording.object(object.id, kind: .rwlockWrite)) for reading, by the "
                + "runtime library's record\(place.map { ", since \($0)" } ?? ""); the lock counts "
                + "\(count) \(count == 1 ? "reader" : "readers"), and the record names as many.",
            thread: reader, object: object.id)
    }

    /// That the threads were seen at one moment, as a sentence; nil for a single one, or when they were not.
    private func sameMoment(_ ids: [ThreadID]) -> String? {
        let instants = ids.compactMap { index.thread($0)?.instant }
        guard instants.count > 1, instants.allSatisfy({ $0.proof != .none }),
            let start = instants.map(\.start).max(), let end = instants.map(\.end).min(), start <= end
        else { return nil }
        if instants.allSatisfy({ $0.proof == .core }) { return "The core shows all of them at one moment." }
        if instants.allSatisfy({ $0.proof == .text }) {
            return "The text shows all of them, at one moment if its tool stopped the process, as debuggers do."
        }
        if instants.allSatisfy({ $0.proof == .stopped }) { return "All of them were stopped at one moment." }
        return "None of them ran during a common span of \(Wording.duration(end - start)), in which all this was read."
    }

    /// The objects of a chain, each once, in its order.
    func objects(of chain: [ChainLink]) -> [SyncObjectID] {
        var seen: Set<SyncObjectID> = []
        return chain.compactMap(\.object).filter { seen.insert($0).inserted }
    }
}
