/// What the steps that look for objects share: the facts of one binary, who calls whom, and the paths, which grow while
/// callers' knowledge is put into them. For one thread.
final class ObjectAnalysis {
    /// Whom a call leads to, as far as the call itself says.
    enum Callee: Hashable {
        case function(Int32)
        /// Into `known`.
        case known(Int32)
        /// Somebody else's function that nothing is known of.
        case outside
        case system
        /// Through a value.
        case indirect
    }

    struct Known {
        var name: String
        var function: KnownFunction
    }

    let facts: CodeFacts
    let types: BinaryTypes
    let names: BinaryNames
    /// By function index; where there are none debug information cannot be asked for the function's variables.
    let entries: [UInt64]
    var paths: PathTable
    private(set) var known: [Known] = []
    /// Into `known`, by the place in the metadata of Swift classes.
    private(set) var swiftMethods: [Int64: [Int32]] = [:]
    /// Of symbols whose address travels.
    private var knownSymbols: [String: Int32] = [:]
    /// By call.
    private(set) var callees: [Callee] = []
    private(set) var functionOfCall: [Int32] = []
    /// By address.
    private var callAddresses: [UInt64] = []
    private var callsByAddress: [Int32] = []
    private var firstCaller: [Int32] = []
    private var callerCalls: [Int32] = []
    let members: MemberTable
    /// Made when first asked for.
    private(set) lazy var returned = ReturnedObjects(self)
    private(set) lazy var identities = IdentityBuilder(self)
    private(set) lazy var sources = PointerSources(self)

    init(_ facts: CodeFacts, _ types: BinaryTypes, _ names: BinaryNames, entries: [UInt64] = []) {
        self.facts = facts
        self.types = types
        self.names = names
        self.entries = entries
        paths = facts.paths
        members = MemberTable(types.table)
        bindCallees()
        indexCallers()
        let addresses = facts.calls.map(\.address)
        callsByAddress = (0..<Int32(addresses.count)).sorted { addresses[Int($0)] < addresses[Int($1)] }
        callAddresses = callsByAddress.map { addresses[Int($0)] }
    }

    private func bindCallees() {
        var bySymbol: [String: Callee] = [:]
        var byFunction: [Int: Callee] = [:]
        let holdsLibC = KnownFunctions.holdsLibC(names.functions)
        func bind(_ name: String) -> Callee? {
            // What syscall(2) does is told by its arguments.
            let unnamed = name == "syscall" ? KnownFunction() : nil
            if let function = KnownFunctions.named(name) ?? unnamed {
                known.append(Known(name: name, function: function))
                return .known(Int32(known.count - 1))
            }
            return nil
        }
        func bind(_ target: CodeMap.Target) -> Callee {
            switch target {
            case .function(let index):
                if let callee = byFunction[index] { return callee }
                // What is linked in of a library's is the library's function: nobody looks into it.
                let symbols = index < names.functions.count ? names.functions[index] : []
                var callee = Callee.function(Int32(index))
                if let (name, function) = KnownFunctions.defined(symbols, holdsLibC: holdsLibC) {
                    known.append(Known(name: name, function: function))
                    callee = .known(Int32(known.count - 1))
                }
                byFunction[index] = callee
                return callee
            case .symbol(let name):
                if let callee = bySymbol[name] { return callee }
                // What the binary itself exports is its own, whatever it is called.
                let callee = names.exportedFunctions[name].map { bind(.function($0)) } ?? bind(name) ?? .outside
                bySymbol[name] = callee
                return callee
            case .resolved, .unknown: return .outside
            }
        }
        for (place, methods) in names.swiftMethods {
            swiftMethods[place] = methods.compactMap { name in
                if case .known(let index)? = bind(name) { index } else { nil }
            }
        }
        callees = facts.calls.map { call in
            switch call.target {
            case .direct(let target): return bind(target)
            case .indirect(let value):
                let node = paths[value.path]
                guard node.kind == .symbol, node.value == 0 else { return .indirect }
                return bind(.symbol(paths.symbols[Int(node.base.index)]))
            case .system: return .system
            }
        }
    }

    private func indexCallers() {
        functionOfCall = [Int32](repeating: -1, count: facts.calls.count)
        firstCaller = [Int32](repeating: 0, count: facts.functions.count + 1)
        for (function, fact) in facts.functions.enumerated() {
            for call in fact.calls { functionOfCall[call] = Int32(function) }
        }
        for callee in callees {
            if case .function(let index) = callee, Int(index) < facts.functions.count {
                firstCaller[Int(index) + 1] += 1
            }
        }
        for index in facts.functions.indices { firstCaller[index + 1] += firstCaller[index] }
        var next = firstCaller
        callerCalls = [Int32](repeating: 0, count: Int(firstCaller.last ?? 0))
        for (call, callee) in callees.enumerated() {
            if case .function(let index) = callee, Int(index) < facts.functions.count {
                callerCalls[Int(next[Int(index)])] = Int32(call)
                next[Int(index)] += 1
            }
        }
    }

    /// The calls that lead directly to a function.
    func callers(of function: Int) -> ArraySlice<Int32> {
        guard function + 1 < firstCaller.count else { return [] }
        return callerCalls[Int(firstCaller[function])..<Int(firstCaller[function + 1])]
    }

    /// The call that the instruction at an address makes; nil where there is none.
    func call(at address: UInt64) -> Int? {
        let low = callAddresses.partition { $0 < address }
        return low < callAddresses.count && callAddresses[low] == address ? Int(callsByAddress[low]) : nil
    }

    /// Into `known`: methods of other binaries' Swift classes that a call may lead to whose target is read from what an
    /// object begins with, or from what is not known.
    func swiftMethods(through target: PathID) -> [Int32] {
        if swiftMethods.isEmpty { return [] }
        var found: [Int32] = []
        for path in paths.expand(target) {
            let entry = paths[path]
            guard entry.kind == .load, let methods = swiftMethods[entry.value] else { continue }
            let metadata = paths[entry.base]
            switch metadata.kind {
            // A class's own method, called on the metadata; and what other tables than metadata hold.
            case .address, .symbol, .parameter, .stack, .threadLocal, .number: continue
            case .load where metadata.value != 0: continue
            default: found += methods.filter { !found.contains($0) }
            }
        }
        return found
    }

    /// The name of the known function that a call leads to.
    func known(of call: Int) -> String? {
        if case .known(let index) = callees[call] { return known[Int(index)].name }
        return nil
    }

    /// The place in `known` of another binary's function of a name, which a call through a pointer may lead to even where
    /// this binary defines the name, too (RTLD_NEXT); nil of those that nothing is known of.
    func known(symbol name: String) -> Int32? {
        if let place = knownSymbols[name] { return place < 0 ? nil : place }
        var place: Int32 = -1
        if let function = KnownFunctions.named(name) {
            known.append(Known(name: name, function: function))
            place = Int32(known.count - 1)
        }
        knownSymbols[name] = place
        return place < 0 ? nil : place
    }

    /// The function of another binary that nothing is known of and that a call leads to; nil of other calls.
    func handedTo(by call: Int) -> String? {
        guard callees[call] == .outside, case .direct(.symbol(let name)) = facts.calls[call].target else { return nil }
        return name
    }

    /// An argument of a call; unknown where it was not seen.
    func argument(_ index: Int64, of call: Int) -> Value {
        let range = facts.calls[call].arguments
        guard index >= 0, index < Int64(range.count) else { return .unknown }
        return facts.arguments[range.lowerBound + Int(index)]
    }

    /// What an operand of a known function is at a call; arguments stand `shift` places further on.
    func value(of operand: Operand, at call: Int, shift: Int = 0) -> Value {
        switch operand {
        case .argument(let index): return argument(Int64(index + shift), of: call)
        case .pointee(let index, let offset):
            let pointer = argument(Int64(index + shift), of: call)
            let type = types.table.pointee(pointer.type)
            let place = paths.plus(pointer.path, type, Int64(offset))
            return Value(path: paths.load(at: place, type), type: members.cellType(type, UInt64(max(offset, 0))))
        case .result:
            return Value(
                path: paths.intern(AccessPath(kind: .result, value: Int64(bitPattern: facts.calls[call].address))),
                type: .unknown)
        case .swiftSelf, .swiftSelfPointee, .swiftAsyncContext, .caller: return .unknown
        }
    }

    /// What a value of a callee is at a call to it.
    func substitute(_ value: Value, at call: Int) -> Value {
        paths.substitute(value, types.table) { [self] in argument($0, of: call) }
    }
}
