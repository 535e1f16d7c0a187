import TestSupport
import Testing

@testable import SignalMap

/// Which bits of a word in memory an instruction changes: a loop that waits for another bit is not left by it.
@Suite struct FlagBitTests {
    private func stores(_ program: AnalysedProgram, _ name: String) throws -> [CellStore] {
        let function = Int32(try program.function(name))
        return CellStores(program.analysis).stores.filter { $0.function == function }
    }

    @Test(arguments: ["gcc", "clang"]) func bitsThatAConstantNamesAreKnown(compiler: String) throws {
        let program = try AnalysedProgram("flag_bits.c", compiler, ["-O2", "-g", "-fno-inline"])
        let set = try #require(try stores(program, "set_flag").first)
        // A compiler may write the one byte that changes.
        #expect(set.how == .setBits)
        #expect([0x8000, 0x80].contains((set.constant ?? 0) & 0xffff) && [4, 1].contains(set.width))
        let cleared = try #require(try stores(program, "clear_flag").first)
        #expect(cleared.how == .clearBits)
        #expect((cleared.constant ?? 0) & 0xff == 0x10)
    }

    @Test(arguments: ["gcc", "clang"]) func otherChangesMayBeAny(compiler: String) throws {
        let program = try AnalysedProgram("flag_bits.c", compiler, ["-O2", "-g", "-fno-inline"])
        for name in ["turn_flag", "set_flags"] {
            let store = try #require(try stores(program, name).first)
            #expect(store.how == .modify, "\(name)")
            #expect(store.constant == nil, "\(name)")
        }
    }
}
