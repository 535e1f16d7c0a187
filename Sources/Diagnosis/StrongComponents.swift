/// The strongly connected components of a graph that have more than one node: knots in which each needs each.
///
/// Tarjan's algorithm without recursion (R. Tarjan, "Depth-first search and linear graph algorithms", 1972): time and
/// memory are linear in nodes and edges, and a chain of any length needs no stack of ours.
struct StrongComponents {
    /// Each sorted; in the order of their smallest node.
    private(set) var components: [[Int]] = []

    init(_ successors: [[Int]]) {
        let unvisited = -1
        var order = Array(repeating: unvisited, count: successors.count)
        var low = order
        var isOpen = Array(repeating: false, count: successors.count)
        var open: [Int] = []
        var path: [(node: Int, next: Int)] = []
        var counter = 0

        func enter(_ node: Int) {
            order[node] = counter
            low[node] = counter
            counter += 1
            open.append(node)
            isOpen[node] = true
            path.append((node, 0))
        }

        for start in successors.indices where order[start] == unvisited {
            enter(start)
            while let (node, next) = path.last {
                if next < successors[node].count {
                    path[path.count - 1].next += 1
                    let successor = successors[node][next]
                    if order[successor] == unvisited {
                        enter(successor)
                    } else if isOpen[successor] {
                        low[node] = min(low[node], order[successor])
                    }
                    continue
                }
                path.removeLast()
                if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
                guard low[node] == order[node] else { continue }
                var component: [Int] = []
                while let member = open.popLast() {
                    isOpen[member] = false
                    component.append(member)
                    if member == node { break }
                }
                if component.count > 1 { components.append(component.sorted()) }
            }
        }
        components.sort { $0[0] < $1[0] }
    }

    /// The shortest cycle through the smallest node of a component, beginning with that node.
    static func canonicalCycle(of component: [Int], _ successors: [[Int]]) -> [Int] {
        guard let start = component.first else { return [] }
        let members = Set(component)
        var cameFrom: [Int: Int] = [:]
        var frontier = [start]
        while !frontier.isEmpty {
            var next: [Int] = []
            for node in frontier {
                for successor in successors[node] where members.contains(successor) {
                    if successor == start {
                        var cycle = [node]
                        while let last = cycle.last, last != start, let before = cameFrom[last] { cycle.append(before) }
                        return cycle.reversed()
                    }
                    guard cameFrom[successor] == nil else { continue }
                    cameFrom[successor] = node
                    next.append(successor)
                }
            }
            frontier = next
        }
        return []
    }
}
