import TestSupport
import Testing

@testable import SignalMap

/// A program of Fixtures/programs with the facts of its code, in words.
struct InterpretedProgram {
    struct Build: CustomTestStringConvertible, Sendable {
        var compiler: String
        var flags: [String]
        var testDescription: String { ([compiler] + flags).joined(separator: " ") }
        var isShared: Bool { flags.contains("-shared") }
    }

    let code: BinaryCode
    let facts: CodeFacts
    let description: PathDescription
    private var functions: [String: Int] = [:]

    init(_ name: String, _ build: Build) throws {
        let sources = build.isShared ? ["\(name).c"] : ["\(name).c", "\(name)_other.c"]
        try self.init(sources, compiler: build.compiler, flags: build.flags)
    }

    init(_ sources: [String], compiler: String, flags: [String]) throws {
        let program = try FixtureProgram(sources, compiler: compiler, flags: flags)
        code = BinaryCode(try CodeMap(BinaryFile(path: program.executable.path)))
        let types = flags.contains("-g") ? BinaryTypes(code.map.binary) : BinaryTypes()
        facts = CodeFacts(code, types)
        description = PathDescription(facts.paths, types, binary: code.map.binary)
        for (index, function) in code.map.functions.enumerated() {
            for name in code.map.ranges[function.ranges[0]].names { functions[name] = index }
        }
    }

    func index(of name: String) throws -> Int { try #require(functions[name], "\(name)") }

    private func function(_ name: String) throws -> CodeFacts.Function {
        facts.functions[try #require(functions[name], "\(name)")]
    }

    /// Calls on ways that can be reached.
    func calls(in name: String) throws -> [CodeFacts.Call] {
        let flow = code.flows[try #require(functions[name])]
        return facts.calls[try function(name).calls].filter { flow.blocks[Int($0.block)].isReachable }
    }

    func name(of call: CodeFacts.Call) -> String? {
        switch call.target {
        case .direct(.symbol(let name)): name
        case .direct(.function(let function)): code.map.ranges[code.map.functions[function].ranges[0]].names.first
        default: nil
        }
    }

    func arguments(of call: CodeFacts.Call) -> [String] {
        facts.arguments[call.arguments].map { description.describe($0) }
    }

    /// First arguments of the calls of `seen`, each once, in the order of the alphabet.
    func objects(seenIn name: String) throws -> [String] {
        let calls = try calls(in: name).filter { self.name(of: $0) == "seen" }
        let paths = calls.flatMap { facts.paths.alternatives(facts.arguments[$0.arguments.lowerBound].path) }
        return Set(paths.map { description.describe($0) }).sorted()
    }

    /// What calls go through that are not direct.
    func pointers(calledIn name: String) throws -> [String] {
        try calls(in: name).compactMap { call in
            if case .indirect(let value) = call.target { description.describe(value) } else { nil }
        }
    }

    func stores(in name: String) throws -> [String] {
        facts.stores[try function(name).stores].map { store in
            let how = store.how == .plain ? "=" : store.how == .exchange ? "exchange" : "modify"
            return "\(description.describe(store.place)) \(how) \(description.describe(store.value))"
        }
    }

    func tests(in name: String) throws -> [String] {
        facts.tests[try function(name).tests].map { test in
            let sign = PathDescription.sign(test.condition, test.isMask)
            return "\(description.describe(test.left)) \(sign) \(description.describe(test.right))"
        }
    }

    func returned(by name: String) throws -> [String] {
        facts.returned[try function(name).returns].map { description.describe($0) }
    }
}
