import DebugInfo
import TestSupport
import Testing

@testable import SignalMap

/// Lists that many units refer to.
@Suite struct TypesListTests {
    private func program() throws -> FixtureProgram {
        try FixtureProgram(
            ["types/shared_lists.s"], compiler: "gcc", flags: ["-nostdlib", "-shared", "-Wl,-e,0"])
    }

    @Test func aListThatAllUnitsShareIsNotReadAgainAndAgain() throws {
        let debug = DebugUnits(try BinaryFile(path: try program().executable.path), options: DebugInfoOptions())
        try #require(debug.units.count == 2000)
        let entries = 4001
        var read = 0
        for unit in debug.units {
            let budget = unit.unit.rangeBudget
            #expect(budget >= 512)
            read += min(budget, entries)
        }
        // Reading it for each unit would take eight million.
        #expect(read < 2000 * 600 + 64 * 2 * entries)
    }

    @Test func whatIsNotReadIsSaid() throws {
        let types = try BinaryTypes(program())
        #expect(types.gaps.contains { $0.reason.contains("2000 units are damaged") }, "\(types.gaps)")
    }
}
