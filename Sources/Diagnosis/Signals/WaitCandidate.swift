import ProcessModel
import SignalMap

/// Whether a thread hangs on somebody else, by what is known of its wait.
struct WaitCandidate {
    private(set) var standing: SignalWaits.Standing
    private(set) var wait: MappedWait?

    init(
        _ position: Int, _ thread: Thread, _ stack: MappedStack, _ set: SignalMapSet, _ index: SnapshotIndex,
        _ facts: EngineFacts?
    ) {
        guard !thread.hasEnded else {
            standing = .ended
            return
        }
        guard !thread.isSeenRunning else {
            standing = .free("runs")
            return
        }
        guard let wait = thread.wait else {
            standing = .free("what it waits for is not known")
            return
        }
        if wait.kind.isOwned || wait.kind == .conditionDestroy {
            standing = .owned
            return
        }
        guard wait.outside(of: index.snapshot.process.id) == nil, wait.object != nil else {
            standing = .free("waits for the outside")
            return
        }
        if let object = wait.object.flatMap({ index.object($0) }), object.has(.processShared) {
            standing = .free("another process may end its wait")
            return
        }
        guard thread.instant.proof != .none else {
            standing = .free("may have run while it was looked at")
            return
        }
        guard var mapped = MappedWait(position, wait, stack, set) else {
            standing = .free("the call that it waits in is not in a map")
            return
        }
        standing = Self.standing(&mapped, wait, thread, index, facts)
        self.wait = mapped
    }

    private static func standing(
        _ mapped: inout MappedWait, _ wait: Wait, _ thread: Thread, _ index: SnapshotIndex, _ facts: EngineFacts?
    ) -> SignalWaits.Standing {
        guard mapped.isTimed else { return .dependent }
        switch mapped.loop {
        case .none: return .free("its wait ends by itself, and no loop leads back to it")
        case .working: return .free("its loop does other work whenever its time is up")
        case .pure: break
        }
        let known = mapped.regions.filter { !$0.leavesOtherwise }
        if known.isEmpty { return .free("what ends its loop is not fully understood") }
        mapped.regions = known
        if !hasTimedOutAgain(wait, thread, index, facts) {
            mapped.regions = known.filter(\.isLeftByMemoryOnly)
        }
        return mapped.regions.isEmpty ? .free("its time was not seen to run out in this loop") : .dependent
    }

    /// The same wait has run out of time before, so that this does not end its loop.
    static func hasTimedOutAgain(
        _ wait: Wait, _ thread: Thread, _ index: SnapshotIndex, _ facts: EngineFacts?
    ) -> Bool {
        if thread.progress == .polling { return true }
        if let registered = facts?.registered(thread.id)?.currentWait, registered.object == wait.object?.rawValue {
            return registered.timeoutsInARow > 1
        }
        return (timeouts(wait, index) ?? 0) > 1
    }

    /// By the condition's own count, of one that has no other waiter. Nil where it does not tell.
    static func timeouts(_ wait: Wait, _ index: SnapshotIndex) -> Int? {
        guard wait.kind == .condition, let object = wait.object.flatMap({ index.object($0) }),
            object.layout == .probed, object.waiters == 1
        else { return nil }
        return object.fields.first { $0.name == "timeouts of the group" }.flatMap { Int($0.value) }
    }
}
