import ProcessModel
import Testing
import Unwinding

/// What the walk does where no table covers the pc, and that each frame says by which means it was found.
@Suite struct WithoutRuleTests {
    let memory = HandMadeMemory()
    let book = RuleBook()

    func walk(
        _ registers: RegisterSet, final: Bool = false, finder: (any CallerFinder)? = nil,
        mappings: [Mapping] = handMadeMappings
    ) -> WalkedStack {
        StackWalker(rules: book, memory: memory, mappings: mappings, callerFinder: finder)
            .walk(registers, registersAreFinal: final)
    }

    @Test func followsFramePointersAndTakesThemForWhatTheyAre() {
        memory.set(0x10040, words: 0x10080, 0x2010)
        memory.set(0x10080, words: 0, 0x3010)
        memory.setCall(before: 0x2010)
        memory.setCall(before: 0x3010)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0x10040]))
        #expect(stack.pcs == [0x1010, 0x2010, 0x3010])
        #expect(stack.trusts == [.context, .framePointer, .framePointer])
        #expect(stack.end == .complete, "a frame pointer of zero marks the outermost frame")
    }

    @Test func aZeroThatIsNoFramePointerIsNotTheEnd() {
        // Only a frame that a frame pointer led to is known to keep one.
        memory.set(0x10000, words: 0, 0, 0, 0x2010)
        memory.setCall(before: 0x2010)
        book.addOutermost(0x2000..<0x2100)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0]))
        #expect(stack.pcs == [0x1010, 0x2010])
        #expect(stack.trusts == [.context, .scan])
        #expect(stack.end == .complete)
        memory.set(0x10018, words: 0x5)
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0])).pcs == [0x1010])
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0])).end == .complete)
    }

    @Test func wantsTheFramePointerWhenItWasNotCaptured() {
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(stack.missingRegister == 6)
        #expect(stack.pcs == [0x1010])
    }

    @Test func doesNotFollowWhatIsNoFramePointer() {
        memory.set(0x10040, words: 0x10080, 0x2010)
        for bad in [UInt64(0x10044), 0xff00, 0x30000, 0x10040, .max, 0x10048] as [UInt64] {
            // 0x10040 is in order but for the return address, behind which no call stands.
            let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: bad]))
            #expect(stack.pcs == [0x1010], "\(bad)")
            #expect(stack.failure != nil)
        }
    }

    @Test func searchesForAReturnAddressAtLastAndSaysSo() {
        memory.set(0x10000, words: 0, 0x2010, 0x10010, 0x2020, 0x3010)
        memory.setCall(before: 0x2020)
        book.addOutermost(0x2018..<0x2030)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 3]))
        #expect(stack.pcs == [0x1010, 0x2020], "0x2010 is code, but not behind a call")
        #expect(stack.trusts == [.context, .scan])
        #expect(stack.frames.last?.stackPointer == Address(0x10020))
    }

    @Test func prefersTheCallToTheCodeThatItIsIn() {
        memory.set(0x10000, words: 0x2020, 0, 0x3010, 0, 0x4010)
        // A leftover behind an indirect call, one behind a call to the function before, and the caller.
        memory.setCall(before: 0x2020)
        memory.set(0x3009, bytes: [0x90, 0x90, 0xe8] + little(0x0f00 &- 0x3010))
        memory.set(0x4009, bytes: [0x90, 0x90, 0xe8] + little(0x1000 &- 0x4010))
        for start in [UInt64(0x2018), 0x3008, 0x4008] { book.addOutermost(start..<start + 16) }
        let mappings =
            [Mapping(start: Address(0xf00), end: Address(0x1000), permissions: [.read, .execute])] + handMadeMappings
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 3]), mappings: mappings)
        #expect(stack.pcs == [0x1010, 0x4010])
        #expect(stack.trusts == [.context, .scan])
    }

    private func little(_ value: UInt64) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    @Test func aGuessLosesTheOtherRegisters() {
        memory.set(0x10000, words: 0x2020)
        memory.setCall(before: 0x2020)
        book.add(0x2018..<0x2030, .frame(base: 3, size: 16))
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 3, 3: 0x10040]))
        #expect(stack.pcs == [0x1010, 0x2020])
        #expect(stack.missingRegister == nil)
        #expect(stack.failure == "rbx is needed and its value is not known here")
    }

    @Test func goesOnByGuessOnlyWhenNoMoreRegistersCanCome() {
        memory.set(0x10008, words: 0x2020)
        memory.set(0x10000, words: 0)
        memory.setCall(before: 0x2020)
        book.addOutermost(0x2018..<0x2030)
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000)).missingRegister == 6)
        let final = walk(RegisterSet(pc: 0x1010, sp: 0x10000), final: true)
        #expect(final.missingRegister == nil)
        #expect(final.trusts == [.context, .scan])
    }

    @Test(arguments: [UInt64(0), 0x10100, 0xdead_0000_0000]) func aCallThroughABadPointerStillHasItsCaller(pc: UInt64) {
        book.addFrame(0x2000..<0x2100, size: 0x18, saved: [3: -16])
        book.addOutermost(0x3000..<0x3100)
        memory.set(0x10000, words: 0x2010, 1, 2, 0x3010)
        memory.setCall(before: 0x2010)
        let stack = walk(RegisterSet(pc: pc, sp: 0x10000))
        #expect(stack.pcs == [pc, 0x2010, 0x3010])
        #expect(stack.trusts == [.context, .scan, .cfi])
        #expect(stack.end == .complete)
        memory.set(0x200e, bytes: [0x90, 0x90])
        #expect(walk(RegisterSet(pc: pc, sp: 0x10000)).pcs == [pc], "no call stands before the word")
    }

    @Test func aReturnAddressOutsideOfCodeEndsTheWalk() {
        book.addFrame(0x1000..<0x1100, size: 8)
        memory.set(0x10000, words: 0x12340)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000))
        #expect(stack.pcs == [0x1010, 0x12340])
        #expect(stack.failure == "the pc 0x12340 is in no executable mapping")
    }

    /// Bytes from 8 before the pc on, and how far above the stack pointer the return address lies.
    static let entries: [(before: UInt8, code: [UInt8], offset: UInt64)] = [
        (0x90, [0x55, 0x48, 0x89, 0xe5], 0),
        (0x90, [0xf3, 0x0f, 0x1e, 0xfa], 0),
        (0x55, [0x48, 0x89, 0xe5], 8),
        (0x90, [0x5d, 0xc3], 8),
        (0x5d, [0xc3], 0),
        (0x90, [0xff, 0x25, 1, 2, 3, 4], 0),
        (0x90, [0x68, 1, 0, 0, 0, 0xe9, 1, 2, 3, 4], 0),
    ]

    @Test(arguments: entries.indices) func knowsTheFirstAndLastInstructionsOfAFunction(index: Int) {
        let entry = Self.entries[index]
        memory.set(0x100f, bytes: [entry.before] + entry.code + Array(repeating: 0x90, count: 12))
        memory.set(0x10000, words: 0x10100, 0x10100)
        memory.set(0x10000 + entry.offset, words: 0x2010)
        memory.setCall(before: 0x2010)
        // The caller's frame pointer must still be there.
        book.add(0x2000..<0x2100, .frame(base: 6, size: 16))
        book.addOutermost(0x3000..<0x3100)
        memory.set(0x10100, words: 0, 0x3010)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0x10100]))
        #expect(stack.pcs == [0x1010, 0x2010, 0x3010])
        #expect(stack.trusts == [.context, .framePointer, .cfi])
    }

    final class Finder: CallerFinder {
        var asked = 0
        var answer: FoundCaller?

        func callers(of frames: [FrameRegisters]) -> [FoundCaller?] {
            asked += frames.count
            return frames.map { $0.registers.programCounter == Address(0x1010) ? answer : nil }
        }
    }

    @Test func asksTheCallerFinderFirstAndOnceAnAddress() {
        let finder = Finder()
        finder.answer = .caller(RegisterSet(pc: 0x2010, sp: 0x10010, [6: 0]), isSignalFrame: false)
        let walker = StackWalker(
            rules: book, memory: memory, mappings: handMadeMappings, callerFinder: finder)
        let registers = RegisterSet(pc: 0x1010, sp: 0x10000, [6: 0x10040])
        for _ in 0..<3 {
            let stack = walker.walk(registers)
            #expect(stack.pcs == [0x1010, 0x2010])
            #expect(stack.trusts == [.context, .libunwind])
            #expect(stack.end == .complete)
        }
        #expect(finder.asked == 4, "three times for the frame that it knows, once for the one that it does not")
    }

    @Test func theCallerFinderCannotMakeALoop() {
        let finder = Finder()
        finder.answer = .caller(RegisterSet(pc: 0x1010, sp: 0x10000), isSignalFrame: false)
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000), finder: finder).failure?.contains("not above") == true)
        finder.answer = .caller(RegisterSet(pc: 0x1010, sp: 0x10000), isSignalFrame: true)
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000), finder: finder).failure?.contains("circle") == true)
        finder.answer = .outermost
        #expect(walk(RegisterSet(pc: 0x1010, sp: 0x10000), finder: finder).end == .complete)
    }

    @Test func withoutMappingsNothingIsSearchedFor() {
        memory.set(0x10000, words: 0x2020)
        memory.setCall(before: 0x2020)
        let stack = walk(RegisterSet(pc: 0x1010, sp: 0x10000, [6: 3]), mappings: [])
        #expect(stack.pcs == [0x1010])
        #expect(stack.failure == "rbp, 0x3, is no frame pointer")
    }
}
