import ProcessModel
import Testing
import Unwinding

/// One step by each kind of rule, on stacks laid out by hand.
@Suite struct RuleTests {
    let memory = HandMadeMemory()
    let book = RuleBook()

    func walk(_ registers: RegisterSet, final: Bool = false) -> WalkedStack {
        StackWalker(rules: book, memory: memory, mappings: handMadeMappings)
            .walk(registers, registersAreFinal: final)
    }

    @Test(arguments: [false, true]) func followsSavedRegistersToTheOutermostFrame(resident: Bool) {
        // 0x1000 saves rbx; 0x2000 has its frame over rbp, saved by 0x1000, too; 0x3000 is the outermost.
        book.addFrame(0x1000..<0x1100, size: 0x20, saved: [3: -16, 6: -24])
        book.add(0x2000..<0x2100, .frame(base: 6, size: 16, saved: [6: -16]))
        book.addOutermost(0x3000..<0x3100)
        memory.set(0x10000, words: 0, 0x10040, 0xb, 0x2010)
        memory.set(0x10040, words: 0xf0, 0x3005)
        if resident { memory.makeResident(0x10000, count: 0x100) }
        let stack = StackWalker(rules: book, memory: memory, mappings: handMadeMappings, looksAhead: false)
            .walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(stack.pcs == [0x1010, 0x2010, 0x3005])
        #expect(stack.trusts == [.context, .cfi, .cfi])
        #expect(stack.frames.map(\.isReturnAddress) == [false, true, true])
        #expect(stack.frames.map(\.stackPointer.rawValue) == [0x10000, 0x10020, 0x10050])
        #expect(stack.end == .complete)
        #expect(stack.missingRegister == nil)
        #expect(resident == (memory.reads == 0))
    }

    @Test func returnAddressZeroIsTheEnd() {
        book.addFrame(0x1000..<0x1100, size: 8)
        memory.set(0x10000, words: 0)
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000)).end == .complete)
    }

    @Test func aReturnAddressThatHasLeftTheStackLeadsToTheCaller() {
        // As vfork keeps it in rdi: its frame takes no stack. A caller cannot do that.
        book.add(
            0x1000..<0x1100,
            UnwindRule(canonicalFrameAddress: .register(7, offset: 0), returnAddress: .register(5)))
        book.addFrame(0x2000..<0x2100, size: 8)
        book.addOutermost(0x3000..<0x3100)
        memory.set(0x10000, words: 0x3005)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [5: 0x2010]))
        #expect(stack.pcs == [0x1010, 0x2010, 0x3005])
        #expect(stack.end == .complete)
        memory.set(0x10000, words: 0x1010)
        #expect(walk(RegisterSet(pc: 0x2010, sp: 0x10000, [5: 0x2010])).pcs == [0x2010, 0x1010])
    }

    @Test func looksUpTheCallAndNotWhatStandsBehindIt() {
        // The call is the last instruction of its function: what follows belongs to another one.
        book.addFrame(0x1000..<0x1100, size: 8)
        book.addOutermost(0x2000..<0x2100)
        memory.set(0x10000, words: 0x2100)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(stack.pcs == [0x1010, 0x2100])
        #expect(stack.end == .complete)
        #expect(stack.frames[1].lookupAddress == Address(0x20ff))
    }

    @Test func aRegisterThatWasNotCapturedEndsTheWalkAndIsNamed() {
        book.addFrame(0x1000..<0x1100, size: 8)
        book.add(0x2000..<0x2100, .frame(base: 6, size: 16, saved: [6: -16]))
        book.addOutermost(0x3000..<0x3100)
        memory.set(0x10000, words: 0x2010)
        memory.set(0x10040, words: 0, 0x3005)
        let cut = walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(cut.missingRegister == 6)
        #expect(cut.pcs == [0x1010, 0x2010])
        #expect(cut.failure == "rbp is needed and was not captured")
        let whole = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0x10040]))
        #expect(whole.pcs == [0x1010, 0x2010, 0x3005])
        #expect(whole.missingRegister == nil)
    }

    @Test func aRegisterThatACallDestroysIsLostAndNotMissing() {
        // rax does not survive the call: stopping the thread would not bring it back.
        book.addFrame(0x1000..<0x1100, size: 8)
        book.add(0x2000..<0x2100, .frame(base: 0, size: 16))
        memory.set(0x10000, words: 0x2010)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [0: 0x10040]))
        #expect(stack.missingRegister == nil)
        #expect(stack.failure == "rax is needed and its value is not known here")
    }

    @Test func theInnermostFrameMayUseAnyRegister() {
        book.add(0x1000..<0x1100, .frame(base: 10, size: 16))
        book.addOutermost(0x2000..<0x2100)
        memory.set(0x10048, words: 0x2010)
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000, [10: 0x10040])).pcs == [0x1010, 0x2010])
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000)).missingRegister == 10)
    }

    @Test func evaluatesExpressionsForTheFrameAndItsRegisters() {
        // A PLT entry: CFA = rsp + 8 + ((rip & 15) >= 11) * 8, as ld writes it.
        let plt: [ExpressionOperation] = [
            .init(0x77, 8), .init(0x80, 0), .init(0x3f), .init(0x1a), .init(0x3b), .init(0x2a), .init(0x33),
            .init(0x24), .init(0x22),
        ]
        book.add(
            0x1000..<0x1100, UnwindRule(canonicalFrameAddress: .expression(plt), returnAddress: .offset(-8)))
        // The saved registers by every other kind of rule.
        book.add(
            0x2000..<0x2100,
            UnwindRule(
                canonicalFrameAddress: .register(7, offset: 0x20), returnAddress: .expression([.init(0x23, 0x10)]),
                registers: [
                    3: .valueExpression([.init(0x23, 5)]), 6: .register(12), 12: .valueOffset(-8), 13: .undefined,
                    14: .expression([.init(0x38), .init(0x22)]),
                ]))
        book.add(0x3000..<0x3100, .frame(base: 6, size: 8))
        book.addOutermost(0x4000..<0x4100)
        memory.set(0x10008, words: 0x2010)
        memory.set(0x10038, words: 0xe)
        memory.set(0x10040, words: 0x3010)
        memory.set(0x10050, words: 0x4010)
        let registers = RegisterSet(pc: 0x100b, sp: 0x10000, [3: 0, 6: 0, 12: 0x10050, 13: 1, 14: 2])
        let stack = walk(registers)
        #expect(stack.pcs == [0x100b, 0x2010, 0x3010, 0x4010])
        #expect(stack.end == .complete)
        // Before the push the entry has pushed nothing.
        memory.set(0x10000, words: 0x4010)
        #expect(walk(RegisterSet(pc: 0x1000, sp: 0x10000)).pcs == [0x1000, 0x4010])
    }

    @Test func aSignalFrameIsNamedByItsPCAndItsCallerIsAnInstruction() {
        // The handler runs on the stack at 0x30000, the interrupted code below it at 0x10000.
        book.addFrame(0x1000..<0x1100, size: 8)
        let restorer = UnwindRule(
            canonicalFrameAddress: .expression([.init(0x77, 160), .init(0x06)]),
            returnAddress: .expression([.init(0x77, 168)]),
            registers: [7: .expression([.init(0x77, 160)]), 6: .expression([.init(0x77, 120)])], isSignalFrame: true)
        book.add(0x1fff..<0x2010, restorer)
        book.add(0x3000..<0x3001, .frame(base: 6, size: 16))
        book.addOutermost(0x4000..<0x4100)
        memory.set(0x30000, words: 0x2000)
        memory.set(0x30008 + 120, words: 0x10100)
        memory.set(0x30008 + 160, words: 0x10000, 0x3000)
        memory.set(0x10108, words: 0x4010)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x30000))
        #expect(stack.pcs == [0x1010, 0x2000, 0x3000, 0x4010])
        #expect(stack.frames.map(\.isSignalFrame) == [false, true, false, false])
        #expect(stack.frames.map(\.isReturnAddress) == [false, false, false, true])
        #expect(stack.frames.map(\.stackPointer.rawValue) == [0x30000, 0x30008, 0x10000, 0x10110])
        #expect(stack.end == .complete)
    }

    @Test func signalReturnCodeNeedsNoTable() {
        book.addFrame(0x1000..<0x1100, size: 8)
        book.addOutermost(0x3000..<0x3001)
        memory.set(0x2000, bytes: [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05])
        memory.set(0x30000, words: 0x2000)
        for slot in 0..<17 { memory.set(0x30008 + 40 + UInt64(8 * slot), words: UInt64(slot)) }
        memory.set(0x30008 + 160, words: 0x10000, 0x3000)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x30000))
        #expect(stack.pcs == [0x1010, 0x2000, 0x3000])
        #expect(stack.trusts == [.context, .cfi, .framePointer])
        #expect(stack.frames.map(\.isSignalFrame) == [false, true, false])
        #expect(stack.end == .complete)
    }

    @Test func theMarkOfAnAsyncFrameIsNoPartOfTheAddress() {
        book.add(0x1000..<0x1100, .frame(base: 6, size: 16, saved: [6: -16]))
        book.add(0x2000..<0x2100, .frame(base: 6, size: 16))
        book.addOutermost(0x3000..<0x3100)
        memory.set(0x10040, words: 0x10060 | 1 << 60, 0x2010)
        memory.set(0x10060, words: 0, 0x3010)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0x10040]))
        #expect(stack.pcs == [0x1010, 0x2010, 0x3010])
    }
}
