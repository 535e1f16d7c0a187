import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// A program of Fixtures/programs with all that is known of its objects; functions go by their names also where the
/// build has none.
final class AnalysedProgram {
    let code: BinaryCode
    let analysis: ObjectAnalysis
    let operations: ObjectOperations
    private(set) lazy var predicates = Predicates(analysis, code.flows, operations)
    private var functions: [String: Int] = [:]
    private var space = ObjectSpace()
    private let binary: Int32

    init(_ source: String, _ compiler: String, _ flags: [String]) throws {
        let libraries = ["-pthread"]
        let program = try FixtureProgram([source], compiler: compiler, flags: flags + libraries)
        let named = try FixtureProgram([source], compiler: compiler, flags: flags.filter { $0 != "-s" } + libraries)
        let file = try BinaryFile(path: program.executable.path)
        code = BinaryCode(try CodeMap(file))
        let types = BinaryTypes(file)
        let map = code.map
        analysis = ObjectAnalysis(
            CodeFacts(code, types), types, BinaryNames(map), entries: map.functions.indices.map { map.start(of: $0) })
        operations = ObjectOperations(analysis)
        for symbol in try BinaryFile(path: named.executable.path).symbols where symbol.isFunction {
            functions[symbol.name] = map.function(holding: symbol.address)
        }
        binary = space.add(analysis)
    }

    func function(_ name: String) throws -> Int { try #require(functions[name], "\(name)") }

    /// The identities that a function does something to, as it is decided there.
    func identities(_ name: String, _ action: ObjectOperation.Action) throws -> [Identity] {
        let function = Int32(try function(name))
        return operations.operations.filter { $0.function == function && $0.action == action }.flatMap {
            analysis.identities.identities(of: $0.object, in: Int(function))
        }.map { analysis.identities.table[$0] }
    }

    /// How well what one function waits on agrees with what another signals: the best of all.
    func match(_ waiter: String, _ poster: String) throws -> Match.Level {
        let waits = try identities(waiter, .wait).map { space.identity($0, of: analysis, binary) }
        let signals = try identities(poster, .signal).map { space.identity($0, of: analysis, binary) }
        try #require(!waits.isEmpty, "\(waiter) waits on nothing")
        // What is handed on in ways that are not followed is signalled somewhere else, by nobody knows whom.
        if signals.isEmpty { return .may }
        return waits.flatMap { wait in signals.map { space.match(wait, $0).level } }.max() ?? .no
    }

    func describe(_ name: String, _ action: ObjectOperation.Action) -> String {
        guard let found = try? identities(name, action) else { return "?" }
        return found.map { text($0) }.joined(separator: " or ")
    }

    func text(_ identity: Identity) -> String {
        identity.hops.map { hop in
            let keys = hop.keys.map { analysis.members.sets[Int($0)].map(text).joined(separator: "|") } ?? ""
            let name = hop.name.map { analysis.identities.table.names[Int($0)] } ?? ""
            return "\(hop.kind)\(hop.isWhole ? "!" : "") \(keys)\(name)+\(hop.offset)"
        }.joined(separator: " <- ")
    }

    private func text(_ key: MemberKey) -> String {
        let structure = analysis.types.table.structures[Int(key.structure)]
        return "\(structure.name).\(structure.members[Int(key.member)].name)"
    }
}
