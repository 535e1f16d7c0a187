import ProcessModel
import TestSupport
import Testing
import Unwinding

/// Stacks, rules and memory that are wrong: the walk ends, soon and with a reason.
@Suite struct HostileStackTests {
    let memory = HandMadeMemory()
    let book = RuleBook()

    func walk(_ registers: RegisterSet, limit: Int = 512) -> WalkedStack {
        StackWalker(rules: book, memory: memory, mappings: handMadeMappings, frameLimit: limit).walk(registers)
    }

    @Test func stopsAtTheLimit() {
        book.addFrame(0x1000..<0x1100, size: 8)
        for index in 0..<1000 { memory.set(0x10000 + UInt64(8 * index), words: 0x1010) }
        for limit in [1, 7, 512] {
            let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000), limit: limit)
            #expect(stack.frames.count == limit)
            #expect(stack.end == .limit)
        }
    }

    @Test(arguments: [Int64(0), -8, -0x40]) func theStackPointerMustGrow(size: Int64) {
        book.addFrame(0x1000..<0x1100, size: size)
        for index in 0..<64 { memory.set(0x10000 - 256 + UInt64(8 * index), words: 0x1010) }
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(stack.frames.count == 1)
        #expect(stack.failure?.contains("not above") == true)
    }

    @Test(arguments: [Int64.min, .min + 8, .max]) func aFrameSizeThatNoStackHasLeadsNowhere(size: Int64) {
        book.addFrame(0x1000..<0x1100, size: size)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(stack.frames.count == 1)
        #expect(stack.failure != nil)
    }

    @Test func signalFramesThatLeadToEachOtherEnd() {
        let restorer = UnwindRule(
            canonicalFrameAddress: .register(7, offset: 0), returnAddress: .offset(0),
            registers: [7: .offset(8)], isSignalFrame: true)
        book.add(0x1000..<0x1100, restorer)
        memory.set(0x10000, words: 0x1010, 0x30000)
        memory.set(0x30000, words: 0x1010, 0x10000)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(stack.failure == "the signal frames lead round in a circle")
        #expect(stack.frames.count <= 3)
    }

    @Test func unreadableMemoryIsNamed() {
        book.addFrame(0x1000..<0x1100, size: 0x20)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(stack.failure == "the return address at 0x10018 is not readable")
        book.rules = []
        book.add(
            0x1000..<0x1100,
            UnwindRule(
                canonicalFrameAddress: .expression([.init(0x77, 0x40), .init(0x06)]), returnAddress: .offset(-8)))
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000)).failure == "the memory at 0x10040 is not readable")
    }

    @Test func anUnreadableSavedRegisterIsLostAndNotWrong() {
        book.addFrame(0x1000..<0x1100, size: 0x20, saved: [6: -0x1000])
        book.add(0x2000..<0x2100, .frame(base: 6, size: 16))
        memory.set(0x10018, words: 0x2010)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0x10040]))
        #expect(stack.pcs == [0x1010, 0x2010])
        #expect(stack.failure == "rbp is needed and its value is not known here")
        #expect(stack.missingRegister == nil)
    }

    @Test func addressesAtTheEndOfTheAddressSpaceDoNotTrap() {
        book.add(0..<UInt64.max, .frame(size: 0x20, saved: [3: -16]))
        for pc in [UInt64(0), 1, .max, .max - 1] {
            for sp in [UInt64(0), 7, .max, .max - 7, .max - 0x20] {
                #expect(walk(RegisterSet(pc: pc, sp: sp)).frames.count == 1)
            }
        }
    }

    @Test func withoutPCOrStackPointerThereIsNoWalk() {
        var registers = RegisterSet()
        #expect(walk(registers).missingRegister == 16)
        registers[16] = 0x1010
        #expect(walk(registers).missingRegister == 7)
        #expect(walk(registers).frames.isEmpty)
    }

    /// Whatever the rules and the memory say: no trap and an end.
    @Test func randomRulesAndStacksEnd() {
        var generator = SplitMix(seed: 42)
        for _ in 0..<300 {
            let memory = HandMadeMemory()
            let book = RuleBook()
            for index in 0..<256 {
                let word: UInt64
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: word = UInt64.random(in: 0x1000..<0x9000, using: &generator)
                case 1: word = UInt64.random(in: 0x10000..<0x10800, using: &generator)
                case 2: word = 0x30000 + UInt64.random(in: 0..<0x100, using: &generator)
                default: word = generator.next()
                }
                memory.set(0x10000 + UInt64(8 * index), words: word)
                memory.set(0x30000 + UInt64(8 * index), words: word)
            }
            for page in 1..<9 where Bool.random(using: &generator) {
                book.add(UInt64(page) << 12..<UInt64(page + 1) << 12, .random(using: &generator))
            }
            if Bool.random(using: &generator) { memory.makeResident(0x10000, count: 0x700) }
            var registers = RegisterSet(pc: 0x1010, sp: 0x10000)
            for number in 0..<16 where Bool.random(using: &generator) {
                registers[number] = UInt64.random(in: 0x10000..<0x10800, using: &generator)
            }
            let walker = StackWalker(rules: book, memory: memory, mappings: handMadeMappings)
            let stack = walker.walk(registers, registersAreFinal: Bool.random(using: &generator))
            #expect(stack.frames.count <= 512)
        }
    }
}

extension UnwindRule {
    static func random(using generator: inout SplitMix) -> UnwindRule {
        func offset() -> Int64 { Int64.random(in: -64...64, using: &generator) }
        func expression() -> [ExpressionOperation] {
            (0..<Int.random(in: 0..<8, using: &generator)).map { _ in
                ExpressionOperation(
                    UInt8.random(in: 0...0xa0, using: &generator), UInt64.random(in: 0..<16, using: &generator),
                    UInt64(bitPattern: offset()))
            }
        }
        func rule() -> RegisterRule {
            switch Int.random(in: 0..<9, using: &generator) {
            case 0: .undefined
            case 1: .sameValue
            case 2: .valueOffset(offset())
            case 3: .register(UInt8.random(in: 0...20, using: &generator))
            case 4: .expression(expression())
            case 5: .valueExpression(expression())
            default: .offset(offset())
            }
        }
        var registers: [UInt8: RegisterRule] = [:]
        for number in 0..<UInt8(20) where Bool.random(using: &generator) { registers[number] = rule() }
        let isRegister = Bool.random(using: &generator)
        return UnwindRule(
            canonicalFrameAddress: isRegister
                ? .register(UInt8.random(in: 0...20, using: &generator), offset: offset()) : .expression(expression()),
            returnAddress: rule(), registers: registers, isSignalFrame: Bool.random(using: &generator))
    }
}
