import ProcessModel
import Testing
import Unwinding

/// Walking all threads asks a remote rule source seldom, and gives what walking each alone gives.
@Suite struct ManyThreadsTests {
    /// 200 threads in 10 different stacks of 20 frames, each frame in a function of its own.
    static func target(resident: Bool) -> (HandMadeMemory, RuleBook, [RegisterSet]) {
        let memory = HandMadeMemory()
        let book = RuleBook()
        for function in 0..<200 {
            let start = 0x1000 + UInt64(function) * 0x40
            if function % 20 == 19 {
                book.addOutermost(start..<start + 0x40)
            } else {
                book.addFrame(start..<start + 0x40, size: 0x10)
            }
            memory.setCall(before: start + 0x10)
        }
        var threads: [RegisterSet] = []
        for thread in 0..<200 {
            let sp = 0x10000 + UInt64(thread) * 0x200
            let first = (thread % 10) * 20
            for frame in 0..<19 {
                memory.set(sp + UInt64(frame) * 16, words: 0, 0x1010 + UInt64(first + frame + 1) * 0x40)
            }
            if resident { memory.makeResident(sp, count: 0x180) }
            threads.append(RegisterSet(pc: 0x1010 + UInt64(first) * 0x40, sp: sp))
        }
        return (memory, book, threads)
    }

    @Test(arguments: [false, true]) func equalsWalkingEachAlone(resident: Bool) {
        let (memory, book, threads) = Self.target(resident: resident)
        let all = StackWalker(rules: book, memory: memory, mappings: handMadeMappings).walkAll(threads)
        let single = StackWalker(rules: book, memory: memory, mappings: handMadeMappings)
        for (index, stack) in all.enumerated() {
            #expect(stack == single.walk(threads[index]))
            #expect(stack.frames.count == 20)
            #expect(stack.end == .complete)
        }
    }

    @Test func asksInFewRounds() {
        let (memory, book, threads) = Self.target(resident: true)
        let walker = StackWalker(rules: book, memory: memory, mappings: handMadeMappings)
        _ = walker.walkAll(threads)
        #expect(book.requests.count <= 3, "\(book.requests.map(\.count))")
        #expect(walker.ruleCount == 200)
        #expect(Set(book.requests.joined()).count == book.requests.joined().count, "nothing is asked for twice")
        let before = book.requests.count
        _ = walker.walkAll(threads)
        #expect(book.requests.count == before, "the second time nothing is asked for")
    }

    @Test func withoutLookingAheadEachRoundIsOneFrame() {
        let (memory, book, threads) = Self.target(resident: true)
        let walker = StackWalker(rules: book, memory: memory, mappings: handMadeMappings, looksAhead: false)
        _ = walker.walkAll(threads)
        #expect(book.requests.count == 20)
    }

    @Test func oneThreadAloneIsLookedAheadToo() {
        let (memory, book, threads) = Self.target(resident: true)
        let walker = StackWalker(rules: book, memory: memory, mappings: handMadeMappings)
        _ = walker.walk(threads[0])
        #expect(book.requests.count == 1)
    }

    final class ShortSource: UnwindRuleSource {
        func unwindRules(for lookups: [Address]) -> [UnwindRule?] { [] }
    }

    @Test func aSourceThatAnswersTooLittleHasNoRules() {
        let (memory, _, threads) = Self.target(resident: true)
        let walker = StackWalker(rules: ShortSource(), memory: memory, mappings: handMadeMappings)
        for stack in walker.walkAll(threads) { #expect(stack.missingRegister == X86Register.rbp) }
    }
}
