/// Cells that values flow between, and which functions may come to be in each.
///
/// A node is a cell: a member, a variable, a parameter, what a function returns, a call's target. An edge says that what
/// is in one may get into the other. Functions travel along edges as they turn up, each to each node once; so does the
/// knowledge that a node may hold what is not known.
struct FlowGraph {
    typealias Node = Int32

    /// Why a node may hold more than is known.
    struct Openness: OptionSet {
        var rawValue: UInt8
        /// A value was lost within this binary: it may be any function whose address is taken.
        static let lost = Openness(rawValue: 1)
        /// Code outside this binary writes it: it may be any function which that code knows, its own included.
        static let outside = Openness(rawValue: 2)
        /// It comes from memory: stores to places that are not known may have gone there, and with them whatever escaped.
        static let kept = Openness(rawValue: 4)
        /// It comes from a structure that functions of other binaries were handed: whether these are known is told by
        /// their maps.
        static let handed = Openness(rawValue: 8)

        var isUnderstood: Bool { isDisjoint(with: [.lost, .outside]) }
    }

    /// Something that arrived at a node which is watched.
    struct Arrival {
        var node: Node
        /// nil: the node's openness grew.
        var callee: UInt32?
    }

    private var firstEdge: [Int32] = []
    private var edgeTargets: [Node] = []
    private var nextEdge: [Int32] = []
    private(set) var held: [[UInt32]] = []
    private(set) var openness: [Openness] = []
    private var isWatched: [Bool] = []
    /// Cells that are declared to point to data; what arrives there all the same went astray, and is kept in `astray`.
    private var isForData: [Bool] = []
    var astray: Node = 0
    private var holds = PairSet(room: 1 << 12)
    private var connected = PairSet(room: 1 << 14)
    private var work: [(Node, UInt32)] = []
    private var openWork: [Node] = []
    private var arrivals: [Arrival] = []

    var count: Int { firstEdge.count }

    /// Appends nodes; the first of them.
    mutating func addNodes(_ count: Int = 1) -> Node {
        let first = Node(firstEdge.count)
        firstEdge += repeatElement(-1, count: count)
        held += repeatElement([], count: count)
        openness += repeatElement([], count: count)
        isWatched += repeatElement(false, count: count)
        isForData += repeatElement(false, count: count)
        return first
    }

    /// Tells of what arrives at a node, from now on and what is there already.
    mutating func watch(_ node: Node) {
        guard !isWatched[Int(node)] else { return }
        isWatched[Int(node)] = true
        for callee in held[Int(node)] { arrivals.append(Arrival(node: node, callee: callee)) }
        if !openness[Int(node)].isEmpty { arrivals.append(Arrival(node: node, callee: nil)) }
    }

    /// No function is expected there: a cast may have put one, or a register was taken for something else.
    mutating func keepFunctionsOut(of node: Node) { isForData[Int(node)] = true }

    mutating func put(_ callee: UInt32, in node: Node) {
        let node = isForData[Int(node)] ? astray : node
        guard holds.insert(UInt32(bitPattern: node), callee) else { return }
        held[Int(node)].append(callee)
        if isWatched[Int(node)] { arrivals.append(Arrival(node: node, callee: callee)) }
        if firstEdge[Int(node)] >= 0 { work.append((node, callee)) }
    }

    mutating func open(_ node: Node, _ more: Openness) {
        guard !openness[Int(node)].isSuperset(of: more) else { return }
        openness[Int(node)].formUnion(more)
        if isWatched[Int(node)] { arrivals.append(Arrival(node: node, callee: nil)) }
        if firstEdge[Int(node)] >= 0 { openWork.append(node) }
    }

    /// What is in `from` may get into `to`.
    mutating func connect(_ from: Node, to: Node) {
        guard from != to, connected.insert(UInt32(bitPattern: from), UInt32(bitPattern: to)) else { return }
        edgeTargets.append(to)
        nextEdge.append(firstEdge[Int(from)])
        firstEdge[Int(from)] = Int32(edgeTargets.count - 1)
        // By index: an insertion may make the list longer, which the work list then takes care of.
        for index in 0..<held[Int(from)].count { put(held[Int(from)][index], in: to) }
        if !openness[Int(from)].isEmpty { open(to, openness[Int(from)]) }
    }

    /// Lets everything flow on; what arrived at watched nodes since the last time.
    mutating func settle() -> [Arrival] {
        while true {
            if let (node, callee) = work.popLast() {
                var edge = firstEdge[Int(node)]
                while edge >= 0 {
                    put(callee, in: edgeTargets[Int(edge)])
                    edge = nextEdge[Int(edge)]
                }
            } else if let node = openWork.popLast() {
                let more = openness[Int(node)]
                var edge = firstEdge[Int(node)]
                while edge >= 0 {
                    open(edgeTargets[Int(edge)], more)
                    edge = nextEdge[Int(edge)]
                }
            } else {
                break
            }
        }
        defer { arrivals = [] }
        return arrivals
    }
}
