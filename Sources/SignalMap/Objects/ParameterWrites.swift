/// What functions write through bare pointers that their callers pass: found once for each function and parameter, and
/// not anew for each way that leads there.
///
/// A value that hangs on a parameter of the function is carried to its callers with the arguments of the call in the
/// place of parameters, so each caller knows what it passed itself, however deep in its callees the write is. Any other
/// value is said in the terms of the function that has it.
struct ParameterWrites {
    struct Key: Hashable {
        var function: Int32
        var parameter: Int64
    }

    /// A value in the terms of a function.
    struct OwnValue: Hashable {
        var path: PathID
        var function: Int32
    }

    /// A word of a function's own frame.
    struct Local: Hashable {
        var function: Int32
        var place: PathID
    }

    /// What a function writes through a parameter.
    struct Writes {
        /// Paths of the function that hang on its parameters: its callers say what they are.
        var left: [PathID] = []
        /// All other values.
        var own: [OwnValue] = []
        /// Calls of allocators that hand memory back through the pointer.
        var allocators: [UInt64] = []
        /// Functions that the pointer is handed on to, with their parameter; what they leave to callers is in `left`
        /// and `own` already.
        var inner: [Key] = []
        /// Something else is written, too: the pointer goes where nobody looks, or there are too many values.
        var isOpen = false
    }

    private(set) var writes: [Writes] = []
    private var places: [Key: Int32] = [:]
    /// By function, its parameters that are written through.
    private(set) var parameters: [Int32: [Int64]] = [:]
    /// Words of the frame whose values are handed to callers this way, with the parameters.
    private(set) var handedLocals: [Local: [Key]] = [:]
    /// How often a value was carried to a caller: the work that was done.
    private(set) var steps = 0
    private var keys: [Key] = []
    private var open: [(key: Int32, path: PathID)] = []

    /// More values than these are not told apart by who calls; they count as whatever the function's parameters may be.
    private static let maximalLeft = 16
    /// Of more values than these something is not known.
    private static let maximalOwn = 64

    init(_ analysis: ObjectAnalysis) {
        addStores(analysis)
        addCallers(analysis)
        addOpenCalls(analysis)
        while let (key, path) = open.popLast() { carry(path, of: keys[Int(key)], analysis) }
    }

    subscript(key: Key) -> Writes? { places[key].map { writes[Int($0)] } }

    func isWritten(_ key: Key) -> Bool { places[key] != nil }

    /// A path of a callee's that hangs on a parameter, as a call to it knows it. Where the caller's path would be too
    /// long it is what it is for any caller.
    static func carried(
        _ path: PathID, of function: Int32, to call: Int, _ analysis: ObjectAnalysis
    ) -> OwnValue {
        let found = analysis.substitute(Value(path: path, type: .unknown), at: call).path
        let root = analysis.paths[analysis.paths.root(path)]
        if !found.isKnown, analysis.argument(root.value, of: call).path.isKnown {
            return OwnValue(path: path, function: function)
        }
        return OwnValue(path: found, function: analysis.functionOfCall[call])
    }

    /// The calls by which callers know what is written through a parameter: the outermost ones that pass something else
    /// than a parameter of their own. nil where they are too many.
    static func outermostCalls(_ key: Key, _ analysis: ObjectAnalysis) -> [UInt64]? {
        var found: [UInt64] = []
        var seen: Set<Key> = [key]
        var open = [key]
        while let key = open.popLast() {
            for call in analysis.callers(of: Int(key.function)) {
                let outer = handedOn(key.parameter, by: Int(call), analysis)
                for key in outer where seen.insert(key).inserted { open.append(key) }
                if outer.isEmpty { found.append(analysis.facts.calls[Int(call)].address) }
                if found.count + open.count > maximalOwn { return nil }
            }
        }
        return found
    }

    // MARK: Who writes

    private mutating func place(of key: Key) -> Int {
        if let known = places[key] { return Int(known) }
        places[key] = Int32(writes.count)
        writes.append(Writes())
        keys.append(key)
        parameters[key.function, default: []].append(key.parameter)
        return writes.count - 1
    }

    private mutating func addStores(_ analysis: ObjectAnalysis) {
        for (function, fact) in analysis.facts.functions.enumerated() {
            for store in analysis.facts.stores[fact.stores] where store.width >= 8 {
                guard analysis.types.table.structure(store.type) == nil else { continue }
                for place in analysis.paths.expand(store.place) {
                    let node = analysis.paths[place]
                    guard node.kind == .parameter else { continue }
                    let key = self.place(of: Key(function: Int32(function), parameter: node.value))
                    let value = store.how.isModification ? .unknown : store.value.path
                    add(OwnValue(path: value, function: Int32(function)), to: key, analysis)
                }
            }
            for call in fact.calls {
                guard case .known(let index) = analysis.callees[call],
                    case .pointee(let argument, 0) = analysis.known[Int(index)].function.allocation?.place
                else { continue }
                for path in analysis.paths.expand(analysis.argument(Int64(argument), of: call).path) {
                    let node = analysis.paths[path]
                    guard node.kind == .parameter else { continue }
                    let key = self.place(of: Key(function: Int32(function), parameter: node.value))
                    writes[key].allocators.append(analysis.facts.calls[call].address)
                }
            }
        }
    }

    /// Who hands a pointer of its callers on to a function that writes through it writes through it, too.
    private mutating func addCallers(_ analysis: ObjectAnalysis) {
        var next = 0
        while next < keys.count {
            let key = keys[next]
            next += 1
            for call in analysis.callers(of: Int(key.function)) {
                for outer in Self.handedOn(key.parameter, by: Int(call), analysis) {
                    let place = place(of: outer)
                    writes[place].inner.append(key)
                }
            }
        }
    }

    /// The parameters of its own function that a call passes as an argument.
    private static func handedOn(_ argument: Int64, by call: Int, _ analysis: ObjectAnalysis) -> [Key] {
        let function = analysis.functionOfCall[call]
        guard function >= 0 else { return [] }
        return analysis.paths.expand(analysis.argument(argument, of: call).path).compactMap {
            let node = analysis.paths[$0]
            return node.kind == .parameter ? Key(function: function, parameter: node.value) : nil
        }
    }

    private mutating func addOpenCalls(_ analysis: ObjectAnalysis) {
        for (function, written) in parameters {
            for call in analysis.facts.functions[Int(function)].calls {
                switch analysis.callees[call] {
                case .indirect, .outside: break
                default: continue
                }
                for argument in analysis.facts.arguments[analysis.facts.calls[call].arguments] {
                    let node = analysis.paths[argument.path]
                    guard node.kind == .parameter, written.contains(node.value) else { continue }
                    writes[place(of: Key(function: function, parameter: node.value))].isOpen = true
                }
            }
        }
    }

    // MARK: What is written

    private mutating func add(_ value: OwnValue, to key: Int, _ analysis: ObjectAnalysis) {
        for path in analysis.returned.resolve(value.path) {
            switch analysis.paths[analysis.paths.root(path)].kind {
            case .number: continue
            case .parameter where value.function == keys[key].function:
                if writes[key].left.contains(path) { continue }
                if writes[key].left.count < Self.maximalLeft {
                    writes[key].left.append(path)
                    open.append((Int32(key), path))
                    continue
                }
            default: break
            }
            addOwn(OwnValue(path: path, function: value.function), to: key, analysis)
        }
    }

    private mutating func addOwn(_ value: OwnValue, to key: Int, _ analysis: ObjectAnalysis) {
        if writes[key].own.contains(value) { return }
        guard writes[key].own.count < Self.maximalOwn else {
            writes[key].isOpen = true
            return
        }
        writes[key].own.append(value)
        guard analysis.paths[value.path].kind == .load else { return }
        let place = analysis.paths.place(ofLoad: value.path)
        if analysis.paths[place].kind == .stack {
            let local = Local(function: value.function, place: place)
            if handedLocals[local]?.contains(keys[key]) != true { handedLocals[local, default: []].append(keys[key]) }
        }
    }

    private mutating func carry(_ path: PathID, of key: Key, _ analysis: ObjectAnalysis) {
        for call in analysis.callers(of: Int(key.function)) {
            for outer in Self.handedOn(key.parameter, by: Int(call), analysis) {
                steps += 1
                let value = Self.carried(path, of: key.function, to: Int(call), analysis)
                add(value, to: place(of: outer), analysis)
            }
        }
    }
}
