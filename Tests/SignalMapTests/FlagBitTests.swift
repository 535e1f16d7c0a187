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

/// What instructions do beside what they name, and to parts of registers.
@Suite struct RegisterPartTests {
    private func decoded(_ bytes: [UInt8]) throws -> Instruction {
        let decoder = try Decoder()
        var instructions: [Instruction] = []
        bytes.withUnsafeBytes { decoder.decode($0, at: 0x1000, into: &instructions) }
        return try #require(instructions.first)
    }

    @Test func bitsOfTheSecondByteAreThoseOfTheRegister() throws {
        // test $0x80,%dh
        let test = try decoded([0xf6, 0xc6, 0x80])
        #expect(test.does == .testConstant && test.destination == 2)
        #expect(test.immediate == 0x8000 && test.width == 2)
        // and $0x80,%dh; cmp $1,%ah; mov %ch,%al; mov %ah,(%rdi)
        #expect(try decoded([0x80, 0xe6, 0x80]).does == .combine)
        #expect(try decoded([0x80, 0xfc, 0x01]).does == .other)
        #expect(try decoded([0x88, 0xe8]).does == .clobber)
        #expect(try decoded([0x88, 0x27]).does == .modify)
        // test $0x80,%dl is what it says.
        #expect(try decoded([0xf6, 0xc2, 0x80]).width == 1)
    }

    @Test func registersThatAreNotNamedAreForgotten() throws {
        // cpuid: rax, rcx, rdx, rbx; repne scasb: rcx, rdi; loop: rcx
        #expect(try decoded([0x0f, 0xa2]).also == 0b1111)
        #expect(try decoded([0xf2, 0xae]).also & 0b1000_0010 == 0b1000_0010)
        #expect(try decoded([0xe2, 0xfe]).also == 0b10)
        #expect(try decoded([0x90]).also == 0)
    }

    @Test func aLoadOfAByteLeavesTheRest() throws {
        // mov (%rdi),%al; movzbl (%rdi),%eax
        #expect(try decoded([0x8a, 0x07]).bits != 0)
        #expect(try decoded([0x0f, 0xb6, 0x07]).bits == 0)
    }
}
