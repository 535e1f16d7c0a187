import ProcessModel
import SignalMap
import SignalMapABI

/// A wait that no code which can still run signals, by the signal maps of the binaries.
///
/// Positive: the thread that signals was never created, has ended, or stands where no way leads back to the signal.
/// Near miss: a live thread that can still reach a signal of the object, or start a thread that does. Gap: code without a
/// map, calls that were not understood, objects that are not told apart; they lower the confidence or end the claim.
struct UnreachedSignalRule: Rule {
    let name = RuleName("dead-wait")

    /// Where of more of the indirect calls ahead, in hundredths, it is not known where they lead, nothing is claimed.
    static let weakShare = 10

    func findings(in context: RuleContext) -> [Finding] {
        guard let waits = context.signals?.waits(in: context) else { return [] }
        let known = Set(
            context.earlier.flatMap { $0.threads + $0.victims }.compactMap { context.index.position(of: $0) })
        var findings: [Finding] = []
        var told = known
        for scope in SignalWaits.Scope.allCases {
            let calls = waits.indirectCalls(scope)
            if scope != .everything, calls.weak * 100 > calls.all * Self.weakShare { break }
            // Who waits for work that nobody will bring, and is waited for by nobody, is idle.
            let stuck = waits.owing(scope, context.graph).filter { !waits.isInReach($0, scope) }
            var groups: [SyncObjectID: [Int]] = [:]
            for position in stuck.sorted() where waits.items[position] != nil && !told.contains(position) {
                guard let object = context.index.snapshot.threads[position].wait?.object else { continue }
                groups[object, default: []].append(position)
            }
            let made = groups.sorted { $0.key < $1.key }.map { object, positions in
                UnreachedSignalFinding(waits: waits, scope: scope, context: context)
                    .finding(named: name(of: positions, waits, scope, context), object, positions)
            }
            // Causes first: who waits for one that waits for nobody is behind it.
            findings += made.sorted { $0.effect.rawValue < $1.effect.rawValue }
            told.formUnion(made.flatMap { $0.threads + $0.victims }.compactMap { context.index.position(of: $0) })
        }
        return findings
    }

    private func name(
        of positions: [Int], _ waits: SignalWaits, _ scope: SignalWaits.Scope, _ context: RuleContext
    ) -> RuleName {
        guard let first = positions.first, let item = waits.items[first] else { return name }
        let kind = context.index.snapshot.threads[first].wait?.kind
        // Who of the stuck would come is asked where the answer is needed.
        var able: Set<Int> = []
        if kind == .future, let stuck = waits.stuck[scope] {
            able = stuck.filter { waits.hasPlace(ending: item, $0, scope) }
        }
        return Self.name(of: kind, waiters: positions, able: able)
    }

    /// The name of a wait that nobody ends, by what it is for: at a barrier for others to come, at a semaphore for what
    /// was taken from it, of a future for its promise.
    ///
    /// `able`: positions of those of the stuck who would end it if they went on. Where it is only the waiters themselves,
    /// they wait for what is theirs to run; the first thread is nobody's queue.
    static func name(of kind: WaitKind?, waiters: [Int], able: Set<Int>) -> RuleName {
        switch kind {
        case .barrier, .latch: RuleName("barrier-short")
        case .semaphore: RuleName("semaphore-starved")
        case .future where able.isEmpty: RuleName("promise-abandoned")
        case .future where able.isSubset(of: Set(waiters)) && !waiters.contains(0): RuleName("callback-own-queue")
        default: RuleName("dead-wait")
        }
    }
}
