/// Which primitives calls through pointers may lead to: a library's functions in a program's own tables, what dlsym(3)
/// returned, and functions that are handed on.
struct PrimitivePointers {
    struct Target {
        /// Into the analysis's `known`.
        var known: Int32
        /// By a way that is understood.
        var isSure: Bool
        /// It is handed to a function that calls it: with which arguments is not known.
        var isCallback: Bool
    }

    private let graph: CallGraph
    private let analysis: ObjectAnalysis
    /// By set of the graph.
    private var knownOfSet: [Int: [Int32]] = [:]

    init(_ graph: CallGraph, _ analysis: ObjectAnalysis) {
        self.graph = graph
        self.analysis = analysis
    }

    /// Of a call through a pointer, each once.
    mutating func primitives(of call: Int) -> [Target] {
        var found: [Target] = []
        for edge in graph.edges(of: call) {
            guard case .set(let set) = edge.destination else { continue }
            for index in known(inSet: set) {
                let target = Target(
                    known: index, isSure: max(edge.level, graph.sets[set].level) <= .classes,
                    isCallback: edge.isCallback)
                if let place = found.firstIndex(where: { $0.known == index }) {
                    found[place].isSure = found[place].isSure || target.isSure
                    found[place].isCallback = found[place].isCallback && target.isCallback
                } else {
                    found.append(target)
                }
            }
        }
        return found
    }

    private mutating func known(inSet set: Int) -> [Int32] {
        if let known = knownOfSet[set] { return known }
        let known = graph.targets(of: set).compactMap { callee in
            callee.symbol.flatMap { analysis.known(symbol: graph.symbols[$0]) }.flatMap { index in
                analysis.known[Int(index)].function.primitive == nil ? nil : index
            }
        }
        knownOfSet[set] = known
        return known
    }
}
