import ProcessModel

/// A thread that holds locks others wait for, and waits for no thread itself: the root of a chain.
struct LockHolder {
    /// Why it has not released them yet.
    enum Standing: Equatable {
        /// It waits for something that the process itself must bring about, or is stopped.
        case blocked
        /// It waits for something that another process, a device or the kernel must bring about.
        case outside
        /// It runs, or a timer or a disk lets it go on.
        case alive
    }

    /// Of the thread in the snapshot.
    var position: Int
    var thread: Thread
    /// Positions of those who wait for it: for a lock, at least one of them.
    var waiters: [Int]
    var standing: Standing

    /// In the order of the snapshot's threads, without those of which earlier rules found something.
    static func all(in context: RuleContext) -> [LockHolder] {
        let known = Set(context.earlier.flatMap { $0.threads + $0.victims })
        return context.index.snapshot.threads.indices.compactMap { position in
            let holder = context.index.snapshot.threads[position]
            guard !known.contains(holder.id), context.required[position].isEmpty,
                let standing = standing(of: holder, in: context), !waitsForOutsideLock(position, in: context)
            else { return nil }
            let waiters = context.waiters[position].filter { waiter in
                context.graph.edges[waiter].map { $0.needsEach && !hasGivenUp($0.object, holder, in: context) } ?? false
            }
            // Joining a thread that waits for its next piece of work is how most programs end their main function.
            guard waiters.contains(where: { context.graph.edges[$0]?.kind != .join }) else { return nil }
            return LockHolder(position: position, thread: holder, waiters: waiters, standing: standing)
        }
    }

    /// Those that wait for a lock of its, without who waits for its end.
    func lockWaiters(in context: RuleContext) -> [ChainLink] {
        waiters.filter { context.graph.edges[$0]?.kind != .join }
            .compactMap { context.link(from: $0, to: thread.id) }
    }

    /// A wait on a condition gives its mutex up (pthread_cond_wait(3p)): that the mutex names the waiter as its owner was
    /// read at another moment, while somebody took it or handed it on. Of a recursive one only one lock is given up.
    private static func hasGivenUp(_ object: SyncObjectID?, _ holder: Thread, in context: RuleContext) -> Bool {
        guard let object, holder.wait?.kind == .condition, holder.wait?.mutex == object else { return false }
        return context.index.object(object)?.has(.recursive) != true
    }

    /// Nil for a thread that has ended.
    private static func standing(of thread: Thread, in context: RuleContext) -> Standing? {
        switch thread.state {
        case .zombie, .dead, .idle, .parked: return nil
        case .running: return .alive
        // A crash stops everybody where they are, also in the middle of a function that holds a lock.
        case .stopped, .tracingStop: return context.index.snapshot.crash == nil ? .blocked : nil
        case .sleeping, .diskSleep, .unknown: break
        }
        if thread.progress == .running || thread.progress == .moving { return .alive }
        let isUnmoved = thread.progress == .unmoved
        if thread.state == .diskSleep { return isUnmoved ? .outside : .alive }
        guard let wait = thread.wait else { return .blocked }
        switch wait.outside(of: context.index.snapshot.process.id) {
        case .timer: return isUnmoved ? .blocked : .alive
        case .io:
            let goesOn = wait.kind == .disk || wait.kind == .pageFault || isOnDisk(wait)
            return goesOn && !isUnmoved ? .alive : .outside
        case .otherProcess, .signal: return .outside
        case .program, nil: return .blocked
        }
    }

    /// Of a file on a disk: a path that is no device. Sockets and pipes have none.
    private static func isOnDisk(_ wait: Wait) -> Bool {
        guard wait.kind == .read || wait.kind == .write, let target = wait.descriptors.first?.target else {
            return false
        }
        return target.hasPrefix("/") && !target.hasPrefix("/dev/")
    }

    /// The holder waits for a lock of its own, whose owner is in another process.
    private static func waitsForOutsideLock(_ position: Int, in context: RuleContext) -> Bool {
        guard let edge = context.graph.edges[position] else { return false }
        return edge.releasers.contains { node in
            if case .absent = context.graph.nodes[node] { true } else { false }
        }
    }
}

extension Certainty {
    /// What a holder does must be seen in a moment in which the waiter was seen waiting.
    mutating func weigh(_ holder: Thread, seenWith waiter: ThreadID?, in context: RuleContext) {
        guard let waiter = waiter.flatMap({ context.index.thread($0) }), !waiter.instant.overlaps(holder.instant) else {
            return
        }
        lower(
            to: .cannotTell,
            because: "Cannot tell: the looks at thread \(context.wording.thread(waiter.id)) and thread "
                + "\(context.wording.thread(holder.id)) do not overlap; run again or use --stop-all.")
    }
}
