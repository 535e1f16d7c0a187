/// Makes the call graph of one binary from what interpretation found out about its functions.
///
/// Field-sensitive and insensitive to calling contexts: a member of a structure is one cell, whichever object it is in;
/// a parameter is one cell, whoever calls. Everything that is not understood opens the cells it may write.
final class FlowBuilder {
    typealias Node = FlowGraph.Node
    typealias Openness = FlowGraph.Openness

    let code: BinaryCode
    var map: CodeMap { code.map }
    let facts: CodeFacts
    let types: BinaryTypes
    let classes: ClassTables
    /// Debug information tells types.
    let isTyped: Bool

    /// Words that nobody writes once the program runs.
    let constants: [Range<UInt64>]

    /// Procedure linkage tables.
    let stubs: [(address: UInt64, size: UInt64)]

    var graph = FlowGraph()
    var result = CallGraph()

    /// What names a cell that is neither a member nor one of the first parameters nor a result.
    enum CellKey: Hashable {
        /// A word at an address of this binary.
        case variable(UInt64)
        /// All words of an array of pointers.
        case region(UInt64)
        case threadLocal(Int64)
        /// A word at a symbol of another binary plus bytes.
        case symbol(String, Int64)
        /// Argument of a function from the seventh on.
        case parameter(function: Int32, index: Int32)
        /// The word that a pointer argument points to, plus bytes.
        case slot(function: Int32, index: Int32, offset: Int64)
        /// A word in a function's stack frame.
        case stack(function: Int32, offset: Int64)
        /// What the call at an address returned.
        case result(UInt64)
        /// What stands behind a pointer that a virtual call's set of targets is passed.
        case passed(set: Int32, index: Int32)
    }
    var nodes: [CellKey: Node] = [:]
    /// What made each node above; nil of members, parameters and results.
    var keys: [Node: CellKey] = [:]

    /// First node of each structure's members, and of each function's parameters and result.
    var firstMember: [Node] = []
    var firstParameter: Node = 0
    var firstReturn: Node = 0
    /// Parameters that have nodes of their own.
    static let registers = 6

    /// Functions whose address went where nothing follows: they arrive here.
    var escapeNode: Node = 0

    /// What each address of code is the start of.
    private var functionsAt: [UInt64: CallGraph.Callee?] = [:]
    private var symbolPlaces: [String: Int] = [:]
    /// Of the paths' symbols, where this binary defines them.
    var definitions: [UInt64?] = []
    /// By function, whether arguments from unknown callers were assumed already.
    var isCalledFromUnknown: [Openness] = []
    /// Slots by function and argument, as (offset, node).
    var slots: [UInt64: [(offset: Int64, node: Node)]] = [:]
    /// What is called or handed over through a node.
    var uses: [Node: Use] = [:]
    /// Of each slot what the function writes there.
    var outputs: [Node: Node] = [:]
    /// Slots that were not yet passed on to those that call the function.
    var newSlots: [NewSlot] = []
    /// Calls of this binary's own functions: to pass what pointers point to.
    var passes: [(call: Int, caller: Int, callee: Int)] = []
    /// Into `passes`, by callee.
    var passesOf: [[Int32]] = []
    /// By function, how many arguments beyond the registers have nodes.
    var stackArguments: [Int: Int] = [:]
    /// The function of each call.
    var callers: [Int32] = []
    /// Members of type void * by what they are used as.
    var learned: [Node: [TypeID]] = [:]
    /// Functions stored at an offset of anything, and those in data at an offset that is not known.
    var byOffset: [Int64: Set<UInt32>] = [:]
    var unplaced: Set<UInt32> = []
    /// Calls by address, those whose results some path names.
    var callsWithResult: [UInt64: Int] = [:]
    /// Arguments whose bytes a function copies, as slots are keyed.
    var byteSources: Set<UInt64> = []
    var newByteSources: [UInt64] = []
    /// By function, from where on its frame's bytes are copied.
    var frames: [Int32: Int64] = [:]
    /// Words of frames that have nodes, by function.
    var stackWords: [Int32: [(offset: Int64, node: Node)]] = [:]
    var escapedStructures: Set<UInt32> = []
    var handedStructures: Set<UInt32> = []
    var takenList: [Int]?
    /// What other binaries' functions are handed, by symbol and argument.
    var handed: [CallGraph.Cell: Node] = [:]
    /// Virtual calls' sets of targets, by slot and class.
    var virtualSets: [VirtualSet] = []
    var virtualPlaces: [VirtualSet.Key: Int32] = [:]
    var hierarchy: ClassHierarchy?
    var lookedUpNames: [String]?
    var sharedClassNames: Set<String>?
    var entriesBySlot: [Int64: Set<CallGraph.Callee>] = [:]
    var exportedNames: [Int: String] = [:]
    lazy var exportedVariables = map.binary.symbols.filter { $0.isDynamic && !$0.isFunction && $0.size > 0 }
    /// The kinds of fallback that were assumed already while functions still travel.
    var assumedPrototypes: Set<TypeID> = []
    var assumedAny = false

    init(code: BinaryCode, facts: CodeFacts, types: BinaryTypes, classes: ClassTables) {
        self.code = code
        self.facts = facts
        self.types = types
        self.classes = classes
        isTyped = !types.functions.isEmpty
        stubs = code.map.binary.code.filter { $0.name.hasPrefix(".plt") }.map { ($0.address, $0.size) }
        constants = Self.constantRanges(of: code.map.binary)
        let functions = facts.functions.count
        result.marks = [CallGraph.Marks](repeating: [], count: functions)
        isCalledFromUnknown = [Openness](repeating: [], count: functions)
        passesOf = [[Int32]](repeating: [], count: functions)
        callers = [Int32](repeating: -1, count: facts.calls.count)
        for (index, function) in facts.functions.enumerated() {
            for call in function.calls { callers[call] = Int32(index) }
        }
        for structure in types.table.structures {
            firstMember.append(graph.addNodes(structure.members.count))
        }
        firstParameter = graph.addNodes(functions * Self.registers)
        firstReturn = graph.addNodes(functions)
        escapeNode = graph.addNodes()
        graph.astray = escapeNode
        for (structure, first) in zip(types.table.structures, firstMember) {
            for (index, member) in structure.members.enumerated() where pointsToData(member.type) {
                graph.keepFunctionsOut(of: first + Node(index))
            }
        }
        graph.watch(escapeNode)
        uses[escapeNode] = Use(kind: .escape)
        definitions = facts.paths.symbols.map { code.map.binary.exports[$0] }
    }

    /// A pointer to a structure, a number, a character or another pointer: C lets no function be stored there without
    /// a cast (ISO C11, 6.5.16.1), which programs do with `void *` and integers.
    private func pointsToData(_ type: TypeID) -> Bool {
        guard case .pointer(let pointee) = types.table.shape(type) else { return false }
        switch types.table.shape(pointee) {
        case .integer, .floating, .enumeration, .pointer, .structure: return true
        case .unknown, .void, .array, .function: return false
        }
    }

    // MARK: Nodes

    func node(_ key: CellKey) -> Node {
        if let node = nodes[key] { return node }
        let node = graph.addNodes()
        nodes[key] = node
        keys[node] = key
        return node
    }

    func node(_ member: MemberKey) -> Node? {
        guard Int(member.structure) < firstMember.count,
            Int(member.member) < types.table.structures[Int(member.structure)].members.count
        else { return nil }
        return firstMember[Int(member.structure)] + Int32(member.member)
    }

    func parameter(_ function: Int, _ index: Int) -> Node {
        if index < Self.registers { return firstParameter + Int32(function * Self.registers + index) }
        let key = CellKey.parameter(function: Int32(function), index: Int32(index))
        if let node = nodes[key] { return node }
        let node = self.node(key)
        stackArguments[function] = max(stackArguments[function] ?? 0, index + 1)
        graph.open(node, isCalledFromUnknown[function])
        for pass in passesOf[function] where facts.calls[passes[Int(pass)].call].arguments.count <= index {
            graph.open(node, .lost)
        }
        return node
    }

    func returned(_ function: Int) -> Node { firstReturn + Int32(function) }

    func symbol(_ name: String) -> CallGraph.Callee {
        if let place = symbolPlaces[name] { return .symbol(place) }
        let place = result.symbols.count
        result.symbols.append(name)
        symbolPlaces[name] = place
        return .symbol(place)
    }

    // MARK: Functions by address

    /// The function that an address is, also that of its stub; nil of data.
    func callee(at address: UInt64) -> CallGraph.Callee? {
        if let known = functionsAt[address] { return known }
        let callee = map.binary.isCode(address) ? self.callee(map.target(of: address)) : nil
        functionsAt[address] = callee
        return callee
    }

    func callee(_ target: CodeMap.Target) -> CallGraph.Callee? {
        switch target {
        case .function(let index): return .function(index)
        case .symbol(let name): return callee(named: name)
        case .resolved, .unknown: return nil
        }
    }

    func callee(named name: String) -> CallGraph.Callee? {
        if let address = map.binary.exports[name] {
            return map.binary.isCode(address) ? callee(at: address) : nil
        }
        return symbol(name)
    }

    /// What a word holds that the dynamic linker fills: a function, or nothing that can be called.
    func callee(of pointer: BinaryFile.Pointer) -> CallGraph.Callee? {
        switch pointer {
        case .local(let address): callee(at: address)
        case .symbol(let name, 0): callee(named: name)
        case .symbol, .resolved: nil
        }
    }

    func prototype(of function: Int) -> TypeID? {
        types.functions[map.start(of: function)].map(\.prototype).flatMap { $0.isKnown ? $0 : nil }
    }
}
