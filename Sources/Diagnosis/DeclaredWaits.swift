import ProcessModel

/// Who can end the waits of which the engine says who signals them, and which of these waits nobody can end.
///
/// The greatest set of waiters none of which can be released by a thread outside the set. A thread that runs, that is
/// idle by its engine's word, or of whose wait nothing is declared is outside: it may go on. So is one whose timed wait
/// has not yet led back to itself. Locks and joins count as they do elsewhere.
struct DeclaredWaits {
    /// A wait on an object whose signallers are declared.
    struct Item {
        /// Of the thread in the graph.
        var position: Int
        var thread: ThreadID
        var wait: RegisteredWait
        /// The declared predicate was true, at each look, and the thread did not go on.
        var lostWakeup: EngineDeclaration?
    }

    let facts: EngineFacts
    /// All of them, by position; those of idle threads only where a wakeup was lost.
    let items: [Item]
    /// By object that is waited for: positions of live threads that may signal it, as declared or as seen.
    let releasers: [Address: [Int]]
    /// Positions that nobody outside can release, among them those that earlier findings hold.
    let stuck: Set<Int>

    /// Nil without a registry in which a signaller is declared of anything that is waited for.
    ///
    /// With `idleStays` threads that are idle by their engine's word are taken to stay so.
    init?(_ context: RuleContext, idleStays: Bool = false) {
        guard let facts = context.facts else { return nil }
        self.facts = facts
        var releasers: [Address: [Int]] = [:]
        var idle: Set<Int> = []
        for (position, thread) in context.index.snapshot.threads.enumerated() {
            guard let wait = facts.registered(thread.id)?.currentWait else { continue }
            if wait.isIdle, wait.timeout == nil || wait.timeoutsInARow > 1 { idle.insert(position) }
            if releasers[wait.object] == nil, !facts.signallingRoles(of: wait.object).isEmpty {
                releasers[wait.object] = Self.releasers(of: wait.object, context, facts)
            }
        }
        guard !releasers.isEmpty else { return nil }
        self.releasers = releasers
        items = Self.items(context, facts)
        let held = Self.held(in: context).union(idleStays ? idle : [])
        stuck = Self.stuck(context, facts, items, releasers, held: held)
    }

    // MARK: The waits

    private static func items(_ context: RuleContext, _ facts: EngineFacts) -> [Item] {
        context.index.snapshot.threads.indices.compactMap { position in
            let thread = context.index.snapshot.threads[position]
            guard let wait = facts.registered(thread.id)?.currentWait, thread.state != .running,
                !facts.signallingRoles(of: wait.object).isEmpty, facts.object(wait.object)?.isShared != true,
                // It was woken, and takes its mutex again.
                thread.wait?.kind.isOwned != true
            else { return nil }
            let lost = lostWakeup(wait, facts, isLive: context.index.snapshot.process.source == .live)
            if wait.isIdle, lost == nil { return nil }
            // Whether its timeout leads back to the same wait is not known before it has done so once.
            if wait.timeout != nil, wait.timeoutsInARow == 0 { return nil }
            return Item(position: position, thread: thread.id, wait: wait, lostWakeup: lost)
        }
    }

    /// The predicate that is true while the thread waits on: of a live process at two looks, with the thread in the same
    /// wait, or in the next one after a timeout.
    private static func lostWakeup(
        _ wait: RegisteredWait, _ facts: EngineFacts, isLive: Bool
    ) -> EngineDeclaration? {
        facts.predicates(of: wait.object).first { predicate in
            guard predicate.isTrue(of: predicate.word) == true else { return false }
            guard isLive else { return true }
            guard let look = wait.secondLook, predicate.isTrue(of: predicate.secondWord) == true else { return false }
            return look.isSameWait
                || (look.isOnSameObject && wait.timeout != nil && look.timeoutsInARow > wait.timeoutsInARow)
        }
    }

    // MARK: The releasers

    private static func releasers(of object: Address, _ context: RuleContext, _ facts: EngineFacts) -> [Int] {
        let roles = facts.signallingRoles(of: object)
        let anybody = roles.contains { facts.role($0).isOpen }
        let sites = Set(facts.object(object)?.sites.compactMap(\.startRoutine) ?? [])
        let last = facts.object(object)?.lastSignaller
        return context.index.snapshot.threads.indices.filter { position in
            let thread = context.index.snapshot.threads[position]
            guard !thread.hasEnded else { return false }
            guard let registered = facts.registered(thread.id) else { return true }
            if registered.id == last { return true }
            if let start = registered.startRoutine, sites.contains(start) { return true }
            if let role = registered.role { return roles.contains(role) }
            return anybody || isStarting(registered, facts)
        }
    }

    /// Too young to have said what it is for.
    private static func isStarting(_ thread: RegisteredThread, _ facts: EngineFacts) -> Bool {
        if thread.state == .created { return true }
        guard !thread.isMain, let created = thread.created else { return false }
        return facts.words.elapsed(since: created) < 1_000_000_000
    }

    // MARK: The fixed point

    private static func stuck(
        _ context: RuleContext, _ facts: EngineFacts, _ items: [Item], _ releasers: [Address: [Int]], held: Set<Int>
    ) -> Set<Int> {
        let declared = Dictionary(items.map { ($0.position, $0) }, uniquingKeysWith: { first, _ in first })
        var set = held.union(declared.keys)
        for position in context.required.indices where !context.required[position].isEmpty { set.insert(position) }
        while true {
            var isReleasable: [Address: Bool] = [:]
            for object in releasers.keys {
                isReleasable[object] = self.isReleasable(object, set, releasers, context, facts)
            }
            let leaving = set.filter { position in
                if held.contains(position) { return false }
                if let item = declared[position] { return isReleasable[item.wait.object] ?? true }
                return context.required[position].allSatisfy { !set.contains($0) }
            }
            if leaving.isEmpty { return set }
            set.subtract(leaving)
        }
    }

    /// Those of whom an earlier finding is sure.
    private static func held(in context: RuleContext) -> Set<Int> {
        var held: Set<Int> = []
        for finding in context.earlier
        where finding.confidence >= .likely && finding.effect != .delay && finding.effect != .crash {
            for id in finding.threads + finding.victims {
                if let position = context.index.position(of: id) { held.insert(position) }
            }
        }
        return held
    }

    private static func isReleasable(
        _ object: Address, _ set: Set<Int>, _ releasers: [Address: [Int]], _ context: RuleContext, _ facts: EngineFacts
    ) -> Bool {
        let free = (releasers[object] ?? []).filter { !set.contains($0) }
        guard let quorum = facts.quorums(of: object).first else { return !free.isEmpty }
        // Whoever else may signal it need not wait for the quorum.
        let others = free.filter { position in
            let role = facts.registered(context.index.snapshot.threads[position].id)?.role
            return role != quorum.role && role != nil
        }
        return !others.isEmpty || shortage(of: quorum, free: free.count - others.count, facts) <= 0
    }

    /// How many arrivals more a quorum needs than there are threads that could still come; each comes once.
    static func shortage(of quorum: EngineFacts.Quorum, free: Int, _ facts: EngineFacts) -> Int {
        let role = facts.role(quorum.role)
        guard let arrived = quorum.arrived else { return free > 0 ? 0 : 1 }
        // Of those that have arrived some may have ended since; the rest is still there and does not come again.
        let spent = max(0, arrived - role.ended.count)
        return quorum.count - arrived - min(free, max(0, role.live.count - spent))
    }

    /// Threads of the set that wait, over any number of steps, for one of `positions`; these left out. By id.
    func behind(_ positions: [Int], in context: RuleContext) -> [ThreadID] {
        var seen = Set(positions)
        var open = positions
        var behind: [ThreadID] = []
        func add(_ position: Int) {
            guard seen.insert(position).inserted, let id = context.graph.threadID(at: position) else { return }
            behind.append(id)
            open.append(position)
        }
        while let position = open.popLast() {
            for waiter in context.waiters[position] where context.graph.edges[waiter]?.needsEach == true { add(waiter) }
            for item in items where stuck.contains(item.position) {
                if releasers[item.wait.object]?.contains(position) == true { add(item.position) }
            }
        }
        return behind.sorted()
    }
}
