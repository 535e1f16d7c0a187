import DebugInfo
import ProcessModel
import Testing
import Unwinding

/// Where libunwind's walk counts as another opinion, and where it has none.
@Suite struct LibunwindWalkTests {
    func stack(
        _ frames: [(pc: UInt64, sp: UInt64)], trust: Trust = .cfi, end: StackEnd = .complete, missing: Int? = nil
    ) -> WalkedStack {
        let walked = frames.map {
            WalkedFrame(
                pc: Address($0.pc), isReturnAddress: true, trust: trust, isSignalFrame: false,
                stackPointer: Address($0.sp))
        }
        return WalkedStack(frames: walked, end: end, missingRegister: missing)
    }

    func walk(_ frames: [(pc: UInt64, sp: UInt64)], status: Int32 = 0) -> LibunwindWalk {
        LibunwindWalk(
            frames: frames.map { .init(pc: Address($0.pc), stackPointer: Address($0.sp)) }, status: status)
    }

    let two: [(pc: UInt64, sp: UInt64)] = [(1, 0x10), (2, 0x20)]
    let three: [(pc: UInt64, sp: UInt64)] = [(1, 0x10), (2, 0x20), (3, 0x30)]

    @Test func equalWalksAgree() { #expect(walk(two).differences(from: stack(two)).isEmpty) }

    @Test func aFrameMoreOrLessIsADifference() {
        let less = walk(two).differences(from: stack(three))
        #expect(less.map(\.index) == [2])
        #expect(less.first?.libunwind == nil && less.first?.ours?.pc == Address(3))
        let more = walk(three).differences(from: stack(two))
        #expect(more.map(\.index) == [2])
        #expect(more.first?.ours == nil && more.first?.libunwind?.pc == Address(3))
    }

    @Test func afterAnotherPCNothingIsCompared() {
        let other = walk([(1, 0x10), (9, 0x20), (8, 0x30)])
        #expect(other.differences(from: stack(three)).map(\.index) == [1])
        #expect(other.differences(from: stack(three)).first?.description.contains("pc 0x9") == true)
    }

    @Test func anotherStackPointerIsADifferenceAndTheRestIsCompared() {
        #expect(walk([(1, 0x18), (2, 0x20), (3, 0x30)]).differences(from: stack(three)).map(\.index) == [0])
    }

    @Test func whereEitherCannotGoOnThereIsNoDifference() {
        let missing = stack(two, end: .failed(reason: "rbp is needed"), missing: X86Register.rbp)
        #expect(walk(three).differences(from: missing).isEmpty)
        #expect(walk(three).differences(from: stack(two, end: .limit)).isEmpty)
        #expect(walk(two, status: LibunwindWalk.noInformation).differences(from: stack(three)).isEmpty)
        #expect(walk(two, status: 1).differences(from: stack(three)).isEmpty, "cut at the limit of frames")
        #expect(walk(two, status: -3).differences(from: stack(three, trust: .scan)).isEmpty)
        #expect(walk(two, status: -3).differences(from: stack(three)).count == 1)
    }
}
