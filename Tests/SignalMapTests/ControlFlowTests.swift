import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// The shapes of code_shapes.cpp, from two compilers, with and without symbols.
@Suite struct ControlFlowTests {
    struct Build: CustomTestStringConvertible, Sendable {
        var compiler: String
        var flags: [String]
        var testDescription: String { ([compiler] + flags).joined(separator: " ") }
    }

    static let builds: [Build] = ["g++", "clang++"].flatMap { compiler in
        [["-O0"], ["-O2"], ["-O2", "-no-pie"], ["-O2", "-s"], ["-O3", "-fno-plt"]].map {
            Build(compiler: compiler, flags: $0)
        }
    }

    /// The program's code, and its functions by name; those of a stripped build by their addresses in the same build
    /// with symbols.
    private func code(_ build: Build) throws -> (BinaryCode, [String: Int]) {
        let sources = ["code_shapes.cpp", "code_shapes_other.cpp"]
        let program = try FixtureProgram(sources, compiler: build.compiler, flags: build.flags)
        let named = try FixtureProgram(sources, compiler: build.compiler, flags: build.flags.filter { $0 != "-s" })
        let code = BinaryCode(try CodeMap(BinaryFile(path: program.executable.path)))
        let symbols = try BinaryFile(path: named.executable.path).symbols.filter(\.isFunction)
        var functions: [String: Int] = [:]
        for symbol in symbols { functions[symbol.name] = code.map.function(holding: symbol.address) }
        return (code, functions)
    }

    @Test(arguments: builds) func aSwitchIsUnderstood(_ build: Build) throws {
        let (code, functions) = try code(build)
        let flow = code.flows[try #require(functions["with_switch"])]
        #expect(!flow.hasGuessedEdges)
        // Eight cases, and one table for them.
        let tables = flow.blocks.compactMap { code.map.jumpTables[$0.instructions.upperBound - 1] }
        let counts = tables.map { $0.addresses.count }
        #expect(counts == [8])
        // Without optimisation clang compares by subtracting from a copy: the table is read to its end.
        let areBounded = tables.allSatisfy { $0.isBounded }
        #expect(areBounded || build.flags == ["-O0"])
        let called = code.callees(of: try #require(functions["with_switch"]))
        #expect(called.contains(.function(try #require(functions["note"]))))
        #expect(called.contains(.function(try #require(functions["opaque"]))))
        // A table, or at -O0 of some compilers a tree of comparisons.
        #expect(flow.blocks.count { $0.isReachable } >= 9)
    }

    @Test(arguments: builds) func partsBelongToTheirFunctions(_ build: Build) throws {
        let (code, functions) = try code(build)
        let function = try #require(functions["with_cold_part"])
        for (name, part) in functions where name.hasSuffix(".cold") {
            #expect(part == functions[String(name.dropLast(5))], "\(name)")
        }
        // fprintf stands in the part.
        #expect(
            code.callees(of: function).contains { target in
                if case .symbol(let name) = target { name == "fprintf" || name == "__fprintf_chk" } else { false }
            })
        let flow = code.flows[function]
        #expect(flow.blocks.allSatisfy { $0.isReachable || flow.isPadding($0, code.map) })
    }

    @Test(arguments: builds) func whatNeverReturnsIsKnown(_ build: Build) throws {
        let (code, functions) = try code(build)
        func returns(_ name: String) throws -> Bool { code.returning.canReturn[try #require(functions[name])] }
        #expect(try !returns("gives_up"))
        #expect(try !returns("always_gives_up"))
        for name in ["with_switch", "with_cold_part", "tail_call", "with_catch", "note", "opaque"] {
            #expect(try returns(name), "\(name)")
        }
    }

    @Test(arguments: builds) func handlersAreReachedThroughCallsThatThrow(_ build: Build) throws {
        let (code, functions) = try code(build)
        let function = try #require(functions["with_catch"])
        let flow = code.flows[function]
        #expect(flow.blocks.contains { !$0.landingPads.isEmpty })
        #expect(code.callees(of: function).contains(.symbol("__cxa_begin_catch")))
        #expect(code.callees(of: function).contains(.function(try #require(functions["note"]))))
    }

    @Test func aDamagedTableOfLandingPadsEnds() {
        for count in 0..<16 {
            let bytes = [UInt8](repeating: 0xff, count: count)
            let table = bytes.withUnsafeBytes { LandingPads($0, address: 0x1000, function: 0x1000) }
            #expect(table.sites.isEmpty)
        }
    }

    @Test func anEndlessUnwindTableEnds() {
        for byte in [0x00, 0x01, 0x7f, 0xff] as [UInt8] {
            let bytes = [UInt8](repeating: byte, count: 4096)
            let ranges = bytes.withUnsafeBytes { UnwindRanges($0, address: 0x1000) }
            #expect(ranges.ranges.isEmpty)
        }
    }
}
