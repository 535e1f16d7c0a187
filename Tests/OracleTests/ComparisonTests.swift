import Foundation
import ProcessModel
import Testing

@testable import TestSupport

/// The oracle must see what differs, and only that.
@Suite struct ComparisonTests {
    private let ours = [
        PeerFrame(pc: 0x10, kind: .inlined, functions: ["inner"], file: "/src/a.c", line: 3),
        PeerFrame(pc: 0x10, kind: .physical, functions: ["outer"], file: "/src/a.c", line: 9),
        PeerFrame(pc: 0x20, kind: .physical, functions: ["main"], file: "/src/main.c", line: 1),
    ]

    private func differences(_ theirs: [PeerFrame]) -> Set<StackDifference.Kind> {
        let found = StackComparison.differences(
            ours: PeerStacks(threads: [1: ours]), theirs: PeerStacks(threads: [1: theirs]))
        return Set(found.map(\.kind))
    }

    @Test func equalStacksDoNotDiffer() {
        #expect(differences(ours).isEmpty)
    }

    @Test func eachKindOfDifferenceIsSeen() {
        var theirs = ours
        theirs[1].functions = ["other"]
        #expect(differences(theirs) == [.function])
        theirs = ours
        theirs[2].line = 2
        #expect(differences(theirs) == [.line])
        theirs = ours
        theirs[2].file = "/src/other.c"
        #expect(differences(theirs) == [.file])
        theirs = ours
        theirs.remove(at: 0)
        #expect(differences(theirs) == [.inlines, .line])
        #expect(differences(Array(ours.dropLast())) == [.extraFrame])
        #expect(
            differences(ours + [PeerFrame(pc: 0x30, kind: .physical, functions: [], file: nil, line: nil)]) == [
                .missingFrame
            ])
        theirs = ours
        theirs[2].pc = 0x24
        #expect(differences(theirs) == [.extraFrame, .missingFrame])
    }

    @Test func aReconstructedTailCallFrameIsNotMissed() {
        let tail = PeerFrame(pc: 0x14, kind: .tailCall, functions: ["gone"], file: nil, line: nil)
        #expect(differences([ours[0], ours[1], tail, ours[2]]).isEmpty)
    }

    @Test(arguments: [
        ("__GI___nanosleep", "nanosleep"), ("___pthread_mutex_lock@@GLIBC_2.2.5", "pthread_mutex_lock"),
        ("std::vector<int, std::allocator<int> >::at(unsigned long) const", "at"),
        ("block", "(anonymous namespace)::block"),
        ("int storage::Table<A, B>::visit<main()::{lambda(int)#1}>(C const&) const", "storage::Table<A, B>::visit<L>"),
        ("msort_with_tmp.part.0", "msort_with_tmp"),
        ("core::ops::call_once$u7b$$u7b$vtable.shim$u7d$$u7d$::h6f6a7fdeba0dc570", "call_once"),
        ("Functor::operator()(int) const", "operator()"), ("a::operator<<(int)", "b::operator<<"),
        ("std::panic::catch_unwind::<F, i32>", "std::panic::catch_unwind<F, i32>"),
    ])
    func spellingsOfOneFunctionAgree(_ left: String, _ right: String) {
        #expect(FunctionSpelling.agree([left], [right]))
    }

    @Test(arguments: [
        ("nanosleep", "clock_nanosleep"), ("a::operator<<(int)", "a::operator<"), ("Table::visit", "Table::walk"),
        ("main", "__libc_start_main"),
    ])
    func differentFunctionsDoNotAgree(_ left: String, _ right: String) {
        #expect(!FunctionSpelling.agree([left], [right]))
    }

    @Test func euStackOutputIsRead() {
        let text = """
            PID 7 - process
            TID 8:
            #0  0x00007efeccb85f16     futex_wait - /usr/lib/libc.so.6
                ../sysdeps/nptl/futex-internal.h:146:13
            #1  0x00007f46884d44a3 - 1 - /usr/lib/libstdc++.so.6
            #2  0x000055828383c33d - 1 operator-(A, B) - /tmp/cond
            """
        let frames = PeerStacks.parseEUStack(text).threads[8] ?? []
        #expect(frames.map(\.pc) == [0x7efe_ccb8_5f16, 0x7f46_884d_44a3, 0x5582_8383_c33d])
        #expect(frames.map(\.functions.first) == ["futex_wait", nil, "operator-(A, B)"])
        #expect(frames.first?.line == 146)
    }

    @Test func aStackTooDeepEndsAtTheLimitAndEqualsThePeersUpToIt() throws {
        let program = try FixtureProgram(["recursion.c"])
        let running = try program.start(["100000"])
        let live = PeerTarget.process(running.processIdentifier)
        let snapshot = try DeadwaitTool.snapshot(live)
        let deep = try #require(snapshot.threads.first { $0.id.rawValue != running.processIdentifier })
        let stack = snapshot.stacks[try #require(deep.stack)]
        #expect(stack.end == .limit)
        let theirs = try PeerStacks.euStack(live).threads[deep.id.rawValue] ?? []
        #expect(theirs.count > 100_000)
        let ours = PeerStacks(snapshot).threads[deep.id.rawValue] ?? []
        #expect(ours.count > 100)
        let found = StackComparison.differences(
            ours: PeerStacks(threads: [0: ours]), theirs: PeerStacks(threads: [0: Array(theirs.prefix(ours.count))]))
        #expect(found.isEmpty)
    }
}
