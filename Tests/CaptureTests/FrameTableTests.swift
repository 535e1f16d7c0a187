import ProcessModel
import Testing
import Unwinding

@testable import Capture

@Suite struct FrameTableTests {
    private func frame(_ pc: UInt64, _ stackPointer: UInt64, trust: Trust = .cfi) -> WalkedFrame {
        WalkedFrame(
            pc: Address(pc), isReturnAddress: true, trust: trust, isSignalFrame: false,
            stackPointer: Address(stackPointer))
    }

    private func add(_ frames: [WalkedFrame], to table: inout FrameTable, end: StackEnd = .complete) -> Int {
        frames.withUnsafeBufferPointer { table.add($0, end: end) }
    }

    @Test func equalFramesAndStacksAreKeptOnceWhereverTheyLie() {
        var table = FrameTable()
        let first = add([frame(0x10, 0x7000), frame(0x20, 0x7010)], to: &table)
        #expect(add([frame(0x10, 0x8000), frame(0x20, 0x8010)], to: &table) == first)
        #expect(add([frame(0x10, 0x7000), frame(0x20, 0x7010)], to: &table, end: .limit) != first)
        #expect(add([frame(0x10, 0x7000), frame(0x20, 0x7010, trust: .scan)], to: &table) != first)
        #expect(table.stacks.count == 3)
        #expect(table.frames.map(\.trust) == [.cfi, .cfi, .scan])
        #expect(table.lookups == [Address(0x0f), Address(0x1f), Address(0x1f)])
    }

    @Test func whatNoThreadHasAnyMoreIsDropped() {
        var table = FrameTable()
        let left = add([frame(0x10, 0x7000), frame(0x20, 0x7010)], to: &table)
        let kept = add([frame(0x30, 0x7000), frame(0x20, 0x7010)], to: &table)
        let indexes = table.keepOnly(stacks: [kept])
        #expect(indexes == [kept: 0] && indexes[left] == nil)
        #expect(table.stacks.map(\.frames) == [[0, 1]])
        #expect(table.frames.map(\.pc) == [Address(0x30), Address(0x20)])
    }
}
