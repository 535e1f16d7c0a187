import ProcessModel

/// Who waits for whom at the moment of a snapshot.
///
/// Nodes are threads, and what is not a thread but can end a wait. A synchronization object lies on the edge, not
/// between two edges: two waiters may have been looked at in different moments and have seen different owners.
public struct WaitGraph: Sendable {
    public enum Node: Hashable, Sendable {
        case thread(ThreadID)
        /// Named by an object as its owner, but not a thread of the process, or one that has exited.
        case absent(ThreadID)
        /// Holders that the object counts and does not name: the readers of a rwlock.
        case counted(SyncObjectID)
        case outside(Outside)
    }

    /// What can end a wait from outside the graph.
    public enum Outside: String, Hashable, Sendable, CaseIterable {
        case timer
        /// Files, sockets, pipes, devices.
        case io
        case otherProcess
        case signal
        /// Some code of the program; which, libc's fields do not tell.
        case program
    }

    /// How many of an edge's releasers it takes.
    public enum Need: Hashable, Sendable {
        case all
        case any
        case quorum(Int)
    }

    /// The wait of one thread.
    public struct Edge: Hashable, Sendable {
        public var kind: WaitKind
        public var object: SyncObjectID?
        public var need: Need
        /// Positions of nodes.
        public var releasers: [Int]
        /// Nil when that could not be told.
        public var isTimed: Bool?

        public init(kind: WaitKind, object: SyncObjectID?, need: Need, releasers: [Int], isTimed: Bool?) {
            self.kind = kind
            self.object = object
            self.need = need
            self.releasers = releasers
            self.isTimed = isTimed
        }

        /// Every one of its releasers is needed.
        public var needsEach: Bool {
            switch need {
            case .all: true
            case .any: releasers.count == 1
            case .quorum(let count): count >= releasers.count
            }
        }
    }

    /// The snapshot's threads in its order; behind them the other nodes in the order of their first mention.
    public private(set) var nodes: [Node]
    public let threadCount: Int
    /// By position of the waiting thread; nil for one that does not wait, or of which no wait is known.
    public private(set) var edges: [Edge?]
    private var positions: [Node: Int]

    /// A graph of threads without any wait.
    public init(threads: [ThreadID]) {
        nodes = threads.map { .thread($0) }
        threadCount = threads.count
        edges = Array(repeating: nil, count: threads.count)
        positions = Dictionary(zip(nodes, nodes.indices), uniquingKeysWith: { first, _ in first })
    }

    /// The position of a node, made when it is new.
    public mutating func position(adding node: Node) -> Int {
        if let known = positions[node] { return known }
        nodes.append(node)
        positions[node] = nodes.count - 1
        return nodes.count - 1
    }

    public func position(of node: Node) -> Int? { positions[node] }

    /// Sets the wait of the thread at `position`.
    public mutating func setEdge(_ edge: Edge, at position: Int) {
        guard edges.indices.contains(position) else { return }
        edges[position] = edge
    }

    public func threadID(at position: Int) -> ThreadID? {
        guard nodes.indices.contains(position), case .thread(let id) = nodes[position] else { return nil }
        return id
    }

    /// Whether a node stands for holders that nobody names.
    func isCounted(_ position: Int) -> Bool {
        if nodes.indices.contains(position), case .counted = nodes[position] { true } else { false }
    }

    /// The threads that each thread cannot go on without, by position. A thread that needs itself is left out.
    public func requiredThreads() -> [[Int]] {
        edges.enumerated().map { position, edge in
            guard let edge, edge.needsEach else { return [] }
            return edge.releasers.filter { $0 < threadCount && $0 != position }
        }
    }

    /// By position of a node: the threads whose wait names it as a releaser.
    public func waiters() -> [[Int]] {
        var waiters: [[Int]] = Array(repeating: [], count: nodes.count)
        for (position, edge) in edges.enumerated() {
            for releaser in edge?.releasers ?? [] where releaser != position { waiters[releaser].append(position) }
        }
        return waiters
    }
}
