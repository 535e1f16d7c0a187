import ProcessModel

extension WaitGraph {
    /// The largest thread id that Linux gives out: PID_MAX_LIMIT of include/linux/threads.h, 64-bit.
    static let largestThreadID: Int32 = 4 << 20

    /// The graph of what libc's and the kernel's own fields say. What they do not say is an edge to the program.
    public init(_ index: SnapshotIndex) {
        let threads = index.snapshot.threads
        self.init(threads: threads.map(\.id))
        for (position, thread) in threads.enumerated() {
            guard let wait = thread.wait else { continue }
            let releasers = Self.owners(of: wait, in: index)
            let edge: Edge
            if releasers.isEmpty {
                let node: Node
                // Who wants to read waits behind a writer in turn, and that one for the readers (pthread_rwlock_rdlock(3p)).
                if wait.kind == .rwlockWrite || wait.kind == .rwlockRead, let object = wait.object,
                    index.object(object)?.anonymousHolders ?? 0 > 0
                {
                    node = .counted(object)
                } else {
                    node = .outside(wait.outside(of: index.snapshot.process.id) ?? .program)
                }
                edge = Edge(
                    kind: wait.kind, object: wait.object, need: .any, releasers: [self.position(adding: node)],
                    isTimed: wait.isTimed)
            } else {
                let nodes = releasers.map { owner in
                    self.position(adding: Self.isGone(owner, in: index) ? .absent(owner) : .thread(owner))
                }
                edge = Edge(
                    kind: wait.kind, object: wait.object, need: .all, releasers: nodes, isTimed: wait.isTimed)
            }
            setEdge(edge, at: position)
        }
    }

    /// The threads that must act for the wait to end. Ids that Linux cannot give out are left away.
    static func owners(of wait: Wait, in index: SnapshotIndex) -> [ThreadID] {
        let named: [ThreadID]
        if let owner = wait.owner {
            named = [owner]
        } else if wait.kind == .conditionDestroy, let object = wait.object {
            // It ends when the last of those who wait for the condition has left it (pthread_cond_destroy(3p)).
            named = index.waiters(for: object)
        } else if wait.kind.isOwned, let object = wait.object {
            let known = index.object(object)
            named =
                (wait.kind == .rwlockWrite ? known.flatMap(index.readers.readers) : nil) ?? known?.owners ?? []
        } else {
            named = []
        }
        return named.filter { (1...largestThreadID).contains($0.rawValue) }
    }

    /// Not a thread of the process, or one that has exited and whose entry only waits for the others to end.
    static func isGone(_ owner: ThreadID, in index: SnapshotIndex) -> Bool {
        guard let thread = index.thread(owner) else { return true }
        return thread.hasEnded
    }
}

extension WaitKind {
    /// A wait that exactly the owner of its object ends.
    var isOwned: Bool {
        switch self {
        case .mutex, .rwlockRead, .rwlockWrite, .join, .stdioLock, .dispatchSync: true
        default: false
        }
    }
}

extension Wait {
    /// What outside the process can end the wait; nil when it is for the process itself to end it.
    func outside(of process: ProcessID?) -> WaitGraph.Outside? {
        switch kind {
        case .poll, .epoll, .select, .read, .write, .accept, .connect, .receive, .send:
            // The other end may be in the very same process: then nothing outside need come.
            let peers = descriptors.flatMap(\.peers)
            if let process, !peers.isEmpty, peers.allSatisfy({ $0 == process }) { return nil }
            return .io
        case .inotify, .pageFault, .disk: return .io
        case .fileLock, .semaphoreSet, .messageQueue, .child: return .otherProcess
        case .sleep: return .timer
        case .signal: return .signal
        case .mutex, .condition, .conditionDestroy, .rwlockRead, .rwlockWrite, .semaphore, .barrier, .once, .join,
            .future, .latch, .atomicWait, .dispatchSync, .dispatchGroup, .park, .stdioLock, .futex, .otherSystemCall:
            return nil
        }
    }
}
