/// What calls return, in the terms of their callers: allocations as the call itself, accessors as what they read.
final class ReturnedObjects {
    private unowned let analysis: ObjectAnalysis
    private var memo: [Int: [PathID]] = [:]
    /// By call that returns fresh memory, the address of the allocator's call.
    private(set) var allocators: [Int: UInt64] = [:]
    /// By function, the calls whose results its callers get.
    private var handedOn: [Int: Set<UInt64>] = [:]
    static let maximalDepth = 6

    init(_ analysis: ObjectAnalysis) { self.analysis = analysis }

    /// What a path stands for, with results replaced; those that remain are fresh memory.
    func resolve(_ path: PathID, _ depth: Int = 0) -> [PathID] {
        var resolved: [PathID] = []
        for one in analysis.paths.expand(path) {
            let root = analysis.paths.root(one)
            let node = analysis.paths[root]
            guard node.kind == .result else {
                if !resolved.contains(one) { resolved.append(one) }
                continue
            }
            guard let call = analysis.call(at: UInt64(bitPattern: node.value)) else { return [.unknown] }
            for result in results(of: call, depth) {
                let path = result == root ? one : analysis.paths.replaceRoot(root, by: result, in: one)
                if !resolved.contains(path) { resolved.append(path) }
            }
            if resolved.count > PathTable.maximalAlternatives { return [.unknown] }
        }
        return resolved
    }

    /// Null is not told: nothing is reached through it.
    func results(of call: Int, _ depth: Int) -> [PathID] {
        if let known = memo[call] { return known }
        if depth > Self.maximalDepth { return [.unknown] }
        // A recursive function returns what it returns otherwise.
        memo[call] = []
        let found = find(call, depth)
        memo[call] = found
        return found
    }

    private func find(_ call: Int, _ depth: Int) -> [PathID] {
        let address = analysis.facts.calls[call].address
        let own = analysis.paths.intern(AccessPath(kind: .result, value: Int64(bitPattern: address)))
        switch analysis.callees[call] {
        case .known(let index):
            let function = analysis.known[Int(index)].function
            if let allocation = function.allocation, allocation.place == .result {
                allocators[call] = address
                if let replaced = allocation.replaces {
                    return [own] + resolve(analysis.value(of: replaced, at: call).path, depth + 1)
                }
                return [own]
            }
            if case .argument(let index) = function.result {
                return resolve(analysis.argument(Int64(index), of: call).path, depth + 1)
            }
            return [.unknown]
        case .function(let index): return results(of: Int(index), at: call, own, depth)
        case .outside, .system, .indirect: return [.unknown]
        }
    }

    private func results(of function: Int, at call: Int, _ own: PathID, _ depth: Int) -> [PathID] {
        guard function < analysis.facts.functions.count else { return [.unknown] }
        var found: [PathID] = []
        func add(_ path: PathID) { if !found.contains(path) { found.append(path) } }
        let returned = analysis.facts.functions[function].returns
        for value in analysis.facts.returned[returned] {
            for path in analysis.paths.expand(value.path) {
                let root = analysis.paths.root(path)
                switch analysis.paths[root].kind {
                case .number: break
                case .parameter:
                    let value = analysis.substitute(Value(path: path, type: .unknown), at: call)
                    for one in resolve(value.path, depth + 1) { add(one) }
                case .address, .symbol, .threadLocal: add(path)
                case .result:
                    guard let inner = analysis.call(at: UInt64(bitPattern: analysis.paths[root].value)) else {
                        add(.unknown)
                        continue
                    }
                    for result in results(of: inner, depth + 1) {
                        if result == root {
                            // Fresh memory of the callee's is this call's.
                            let allocator = allocators[inner] ?? analysis.facts.calls[inner].address
                            if let other = allocators[call], other != allocator { add(.unknown) }
                            allocators[call] = allocator
                            add(analysis.paths.replaceRoot(root, by: own, in: path))
                        } else {
                            let replaced = analysis.paths.replaceRoot(root, by: result, in: path)
                            let value = analysis.substitute(Value(path: replaced, type: .unknown), at: call)
                            for one in resolve(value.path, depth + 1) { add(one) }
                        }
                    }
                default: add(.unknown)
                }
            }
        }
        if found.count > PathTable.maximalAlternatives { return [.unknown] }
        return found.isEmpty ? [.unknown] : found
    }

    /// The fresh memory of a call is handed on to the callers of its function, who know it by another call.
    func isHandedOn(_ call: Int) -> Bool {
        let function = Int(analysis.functionOfCall[call])
        guard function >= 0 else { return true }
        let address = analysis.facts.calls[call].address
        if let known = handedOn[function] { return known.contains(address) }
        let found = callsHandedOn(by: function)
        handedOn[function] = found
        return found.contains(address)
    }

    private func callsHandedOn(by function: Int) -> Set<UInt64> {
        var found: Set<UInt64> = []
        func add(_ path: PathID) {
            for one in analysis.paths.expand(path) {
                let root = analysis.paths[analysis.paths.root(one)]
                if root.kind == .result, analysis.paths.loads(one) == 0 {
                    found.insert(UInt64(bitPattern: root.value))
                }
            }
        }
        let fact = analysis.facts.functions[function]
        for value in analysis.facts.returned[fact.returns] { add(value.path) }
        for store in analysis.facts.stores[fact.stores]
        where store.width == 8 && analysis.paths.isLeftToCallers(store.place) { add(store.value.path) }
        return found
    }
}
