import Foundation
import Testing

@testable import SignalMap

/// The call graph of a built program, by the names of its functions.
struct GraphOfProgram {
    let code: BinaryCode
    let facts: CodeFacts
    let graph: CallGraph
    /// Of the program itself, or of one with the same code that has symbols.
    private let functions: [String: Int]
    private let names: [Int: String]

    init(path: String) throws {
        let binary = try BinaryFile(path: path)
        code = BinaryCode(try CodeMap(binary))
        let types = BinaryTypes(binary)
        facts = CodeFacts(code, types)
        graph = CallGraph(code: code, facts: facts, types: types, classes: ClassTables(code.map))
        var functions: [String: Int] = [:]
        var names: [Int: String] = [:]
        for symbol in binary.symbols where symbol.isFunction {
            guard let function = code.map.function(holding: symbol.address),
                code.map.start(of: function) == symbol.address
            else { continue }
            functions[symbol.name] = function
            names[function] = symbol.name
        }
        self.functions = functions
        self.names = names
    }

    func function(_ name: String) throws -> Int { try #require(functions[name], "\(name)") }
    func has(_ name: String) -> Bool { functions[name] != nil }
    func name(_ function: Int) -> String { names[function] ?? "\(function)" }

    /// What a function calls by edges up to a level.
    func callees(of name: String, upTo level: CallGraph.Level = .any) throws -> Set<Int> {
        var callees: Set<Int> = []
        for edge in try edges(of: name) where edge.level <= level {
            switch edge.destination {
            case .callee(let callee): if let function = callee.function { callees.insert(function) }
            case .set(let set): callees.formUnion(graph.targets(of: set).compactMap(\.function))
            case .system, .unknown: break
            }
        }
        return callees
    }

    func edges(of name: String) throws -> [CallGraph.Edge] {
        try facts.functions[function(name)].calls.flatMap { graph.edges(of: $0) }
    }

    func reaches(_ caller: String, _ callee: String, upTo level: CallGraph.Level = .any) throws -> Bool {
        try callees(of: caller, upTo: level).contains(function(callee))
    }

    /// Of the calls through pointers.
    func levels(of name: String) throws -> Set<CallGraph.Level> {
        Set(try edges(of: name).filter { if case .set = $0.destination { true } else { false } }.map(\.level))
    }

    func isOpen(_ name: String) throws -> Bool {
        try edges(of: name).contains { edge in
            if case .set(let set) = edge.destination { graph.sets[set].isOpen } else { false }
        }
    }

    /// The start routines of the creations of a function.
    func routines(of name: String) throws -> Set<String> {
        var routines: Set<String> = []
        for call in try facts.functions[function(name)].calls {
            guard let set = graph.routines[call] else { continue }
            routines.formUnion(graph.targets(of: set).compactMap(\.function).map(self.name))
        }
        return routines
    }
}
