@testable import SignalMap

/// Facts of a program that is not there, function by function.
struct FactsSketch {
    var facts = CodeFacts()
    var names = BinaryNames()
    var types = BinaryTypes()
    private var next: UInt64 = 0x1000

    /// Adds a function; the calls and stores that `body` notes are its own.
    @discardableResult
    mutating func function(_ name: String, _ body: (inout FactsSketch) -> Void) -> Int {
        let calls = facts.calls.count
        let stores = facts.stores.count
        let returned = facts.returned.count
        body(&self)
        facts.functions.append(
            CodeFacts.Function(
                calls: calls..<facts.calls.count, stores: stores..<facts.stores.count, tests: 0..<0, references: 0..<0,
                marks: 0..<0, returns: returned..<facts.returned.count))
        names.functions.append([name])
        return facts.functions.count - 1
    }

    /// Returns what the call returns.
    @discardableResult
    mutating func call(_ target: CodeFacts.Call.Target, _ arguments: [PathID]) -> PathID {
        let first = facts.arguments.count
        facts.arguments += arguments.map { Value(path: $0, type: .unknown) }
        next += 8
        facts.calls.append(
            CodeFacts.Call(
                address: next, returnAddress: next + 5, block: 0, target: target,
                arguments: first..<facts.arguments.count))
        return facts.paths.intern(AccessPath(kind: .result, value: Int64(next)))
    }

    @discardableResult
    mutating func call(_ symbol: String, _ arguments: [PathID]) -> PathID {
        call(.direct(.symbol(symbol)), arguments)
    }

    @discardableResult
    mutating func call(_ function: Int, _ arguments: [PathID]) -> PathID {
        call(.direct(.function(function)), arguments)
    }

    mutating func store(_ value: PathID, at place: PathID) {
        next += 8
        facts.stores.append(
            CodeFacts.Store(
                address: next, block: 0, how: .plain, width: 8, place: place, type: .unknown,
                value: Value(path: value, type: .unknown)))
    }

    mutating func returns(_ path: PathID) { facts.returned.append(Value(path: path, type: .unknown)) }

    mutating func parameter(_ index: Int64) -> PathID {
        facts.paths.intern(AccessPath(kind: .parameter, value: index))
    }

    mutating func address(_ value: Int64) -> PathID { facts.paths.intern(AccessPath(kind: .address, value: value)) }
    mutating func number(_ value: Int64) -> PathID { facts.paths.number(value) }

    mutating func stack(_ value: Int64) -> PathID { facts.paths.intern(AccessPath(kind: .stack, value: value)) }

    mutating func field(_ base: PathID, _ offset: Int64, _ type: TypeID = .unknown) -> PathID {
        facts.paths.plus(base, type, offset)
    }

    mutating func load(_ base: PathID, _ offset: Int64, _ type: TypeID = .unknown) -> PathID {
        facts.paths.load(at: facts.paths.plus(base, type, offset), type)
    }

    func analysis() -> ObjectAnalysis { ObjectAnalysis(facts, types, names) }
}

extension ObjectAnalysis {
    /// The operations of a kind, each as function, call and the identities it may mean.
    func found(_ action: ObjectOperation.Action) -> [(operation: ObjectOperation, identities: [Identity])] {
        ObjectOperations(self).operations.filter { $0.action == action }.map { operation in
            let places = identities.identities(of: operation.object, in: Int(operation.function))
            return (operation, places.map { identities.table[$0] })
        }
    }
}
