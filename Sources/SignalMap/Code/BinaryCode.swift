/// A binary's functions with their control flow, without what stands behind calls that never return.
struct BinaryCode {
    let map: CodeMap
    /// In the order of the map's functions.
    private(set) var flows: [ControlFlow]
    let returning: ReturningFunctions

    /// On all processors.
    init(_ map: CodeMap) {
        self.map = map
        let shared = Shared(map)
        var flows = Parallel.map(Array(map.functions.indices)) { ControlFlow(of: $0, in: shared.value) }
        let returning = ReturningFunctions(map, flows)
        for index in flows.indices {
            flows[index].cut(map) { position in
                map.directTarget(of: map.instructions[position]).map { !returning.mayReturn($0) } ?? false
            }
        }
        self.flows = flows
        self.returning = returning
    }

    /// What a function calls or jumps to directly, on ways that can be reached.
    func callees(of function: Int) -> Set<CodeMap.Target> {
        var callees: Set<CodeMap.Target> = []
        for block in flows[function].blocks where block.isReachable {
            for position in block.instructions where map.instructions[position].isCall {
                if let target = map.directTarget(of: map.instructions[position]) { callees.insert(target) }
            }
        }
        for exit in flows[function].exits where flows[function].blocks[exit.block].isReachable {
            if case .tailCall(let target) = exit.kind { callees.insert(target) }
        }
        return callees
    }
}
