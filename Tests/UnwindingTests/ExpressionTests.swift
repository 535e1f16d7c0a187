import ProcessModel
import Testing
import Unwinding

@Suite struct ExpressionTests {
    let evaluator = ExpressionEvaluator()
    let memory = HandMadeMemory()

    func value(
        _ operations: [ExpressionOperation], initial: UInt64? = nil
    ) throws(UnwindingError) -> UInt64 {
        memory.set(0x10000, words: 0x8877_6655_4433_2211)
        return try evaluator.evaluate(
            operations, registers: RegisterSet(pc: 0x1234, sp: 0x10000, [3: 33]), memory: memory, initial: initial)
    }

    /// Values pushed, the operation, the result (DWARF 5, 2.5.1).
    static let table: [(values: [Int64], opcode: UInt8, operand: UInt64, result: Int64)] = [
        ([5], 0x12, 0, 5), ([5, 6], 0x13, 0, 5), ([5, 6], 0x14, 0, 5), ([5, 6, 7], 0x15, 2, 5), ([5, 6], 0x16, 0, 5),
        ([5, 6, 7], 0x17, 0, 6), ([-5], 0x19, 0, 5), ([.min], 0x19, 0, .min), ([12, 10], 0x1a, 0, 8),
        ([-7, 2], 0x1b, 0, -3), ([.min, -1], 0x1b, 0, .min), ([5, 7], 0x1c, 0, -2), ([-1, 10], 0x1d, 0, 5),
        ([-3, 4], 0x1e, 0, -12), ([3], 0x1f, 0, -3), ([.min], 0x1f, 0, .min), ([0], 0x20, 0, -1),
        ([8, 2], 0x21, 0, 10), ([.max, 1], 0x22, 0, .min), ([3], 0x23, UInt64.max, 2), ([1, 4], 0x24, 0, 16),
        ([1, 64], 0x24, 0, 0), ([-1, 60], 0x25, 0, 15), ([-1, 64], 0x25, 0, 0), ([-16, 2], 0x26, 0, -4),
        ([-16, 200], 0x26, 0, -1), ([12, 10], 0x27, 0, 6), ([1, 1], 0x29, 0, 1), ([-1, 1], 0x2a, 0, 0),
        ([-1, 1], 0x2b, 0, 0), ([-1, 1], 0x2c, 0, 1), ([-1, 1], 0x2d, 0, 1), ([1, 1], 0x2e, 0, 0),
        ([], 0x3f, 0, 15), ([], 0x73, UInt64(bitPattern: -3), 30), ([], 0x09, UInt64(bitPattern: -1), -1),
        ([7], 0x96, 0, 7), ([0x10000], 0x94, 1, 0x11), ([0x10000], 0x94, 2, 0x2211), ([0x10004], 0x94, 4, 0x8877_6655),
    ]

    @Test(arguments: table.indices) func computes(index: Int) throws {
        let row = Self.table[index]
        let pushes = row.values.map { ExpressionOperation(0x11, UInt64(bitPattern: $0)) }
        let result = try value(pushes + [ExpressionOperation(row.opcode, row.operand)])
        #expect(Int64(bitPattern: result) == row.result, "opcode \(row.opcode)")
    }

    @Test func readsMemoryAndRegisters() throws {
        #expect(try value([.init(0x77, 0), .init(0x06)]) == 0x8877_6655_4433_2211)
        #expect(try value([.init(0x92, 16, 4)]) == 0x1238)
        #expect(try value([.init(0x9c), .init(0x23, 8)], initial: 0x10) == 0x18)
        #expect(try value([.init(0x38), .init(0x22)], initial: 0x10) == 0x18)
    }

    @Test func branches() throws {
        // if (1) 7 else 8
        let choice: [ExpressionOperation] = [.init(0x31), .init(0x28, 4), .init(0x38), .init(0x2f, 5), .init(0x37)]
        #expect(try value(choice) == 7)
        #expect(try value([.init(0x30)] + choice.dropFirst()) == 8)
        #expect(try value([.init(0x35), .init(0x2f, 2)]) == 5, "a branch to the end")
    }

    static let failures: [(operations: [ExpressionOperation], error: UnwindingError)] = [
        ([], .stackUnderflow(index: 0)),
        ([.init(0x22)], .stackUnderflow(index: 0)),
        ([.init(0x31), .init(0x15, .max)], .stackUnderflow(index: 1)),
        ([.init(0x31), .init(0x30), .init(0x1b)], .divisionByZero(index: 2)),
        ([.init(0x31), .init(0x30), .init(0x1d)], .divisionByZero(index: 2)),
        ([.init(0x2f, 0)], .tooManySteps(limit: ExpressionEvaluator.stepLimit)),
        ([.init(0x2f, 2)], .branchOutside(index: 0)),
        ([.init(0x31), .init(0x28, .max)], .branchOutside(index: 1)),
        ([.init(0x31), .init(0x12), .init(0x2f, 1)], .stackOverflow(index: 1)),
        ([.init(0x70)], .unknownRegister(0)),
        ([.init(0x92, .max)], .unknownRegister(.max)),
        ([.init(0x8f)], .unknownRegister(31)),
        ([.init(0x9c)], .unknownOperation(opcode: 0x9c, index: 0)),
        ([.init(0x53)], .unknownOperation(opcode: 0x53, index: 0)),
        ([.init(0x31), .init(0x94, 3)], .unknownOperation(opcode: 0x94, index: 1)),
        ([.init(0x0e, 0x99999), .init(0x06)], .unreadable(Address(0x99999))),
        ([.init(0x0e, .max), .init(0x06)], .unreadable(Address(.max))),
        ([.init(0x0e, 0x10002), .init(0x06)], .unreadable(Address(0x10002))),
    ]

    @Test(arguments: failures.indices) func refuses(index: Int) {
        let row = Self.failures[index]
        #expect(throws: row.error) { try value(row.operations) }
    }
}
