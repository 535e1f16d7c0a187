import ProcessModel

/// A lock whose owner is not a thread of the process any more, and those who wait for it.
struct AbsentOwner {
    var owner: ThreadID
    var object: SyncObjectID?
    /// One link a waiter, by thread id.
    var waiters: [ChainLink]
    /// Positions of the waiters in the graph.
    var positions: [Int]
}

extension AbsentOwner {
    /// Whether the owner was a thread before this process was made: thread ids only grow, until they wrap around,
    /// and no thread of a process is older than its first one, whose id is the process id.
    ///
    /// False as well when the ids have wrapped since, or the ids are of another namespace.
    func isOlderThanProcess(_ index: SnapshotIndex) -> Bool {
        let snapshot = index.snapshot
        guard snapshot.process.sharesPIDNamespace != false, let process = snapshot.process.id else { return false }
        let first = ThreadID(process.rawValue)
        guard owner < first else { return false }
        return snapshot.threads.allSatisfy { $0.id >= first }
    }

    /// Every waited-for object whose owner is absent, by owner and then by object.
    ///
    /// Left out: joins (a thread's end and its id's are the same event), and objects that another process may hold.
    static func all(in context: RuleContext) -> [AbsentOwner] {
        var found: [Key: AbsentOwner] = [:]
        for (position, edge) in context.graph.edges.enumerated() {
            guard let edge, edge.kind != .join, edge.needsEach else { continue }
            for releaser in edge.releasers {
                guard case .absent(let owner) = context.graph.nodes[releaser],
                    let link = context.link(from: position, to: owner),
                    !heldOutside(link, in: context.index)
                else { continue }
                let key = Key(owner: owner, object: edge.object ?? SyncObjectID(Address(UInt64.max)))
                found[key, default: AbsentOwner(owner: owner, object: edge.object, waiters: [], positions: [])]
                    .add(link, position: position)
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Whether a thread of another process may hold the object, so that an unknown owner means nothing.
    static func heldOutside(_ link: ChainLink, in index: SnapshotIndex) -> Bool {
        guard index.thread(link.owner) == nil else { return false }
        guard let object = link.object.flatMap({ index.object($0) }) else { return false }
        // Once the kernel has marked the owner as dead, it is so in any process.
        return object.has(.processShared) && !object.has(.ownerDied)
    }

    private mutating func add(_ link: ChainLink, position: Int) {
        waiters.append(link)
        positions.append(position)
    }

    private struct Key: Hashable, Comparable {
        var owner: ThreadID
        var object: SyncObjectID
        static func < (left: Key, right: Key) -> Bool {
            left.owner == right.owner ? left.object < right.object : left.owner < right.owner
        }
    }
}
