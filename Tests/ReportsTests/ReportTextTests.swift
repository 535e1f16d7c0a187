import Diagnosis
import ProcessModel
import Reports
import TestSupport
import Testing

@Suite struct ReportTextTests {
    private func report(_ snapshot: Snapshot, _ text: ReportText = ReportText()) -> String {
        var output = ByteWriter()
        text.write(Assessment(of: snapshot), to: &output)
        return output.string
    }

    /// Pairs of threads, each pair in a circle of its own.
    private func pairs(_ count: Int32) -> SnapshotSketch {
        var sketch = SnapshotSketch()
        for pair in 0..<count {
            for side in [0, 1] as [Int32] {
                let id = 101 + 2 * pair + side
                sketch.mutex(nil, at: UInt64(id) * 64, owner: id)
                let other = 101 + 2 * pair + 1 - side
                sketch.thread(id, wait: .mutex(at: UInt64(other) * 64, owner: other))
            }
        }
        return sketch
    }

    @Test func theAnswerComesFirst() {
        let lines = report(pairs(1).snapshot).split(separator: "\n")
        #expect(lines[1] == "STUCK: 2 of 2 threads can never go on.")
        #expect(lines[2] == "1. deadlock-cycle (proved)")
    }

    @Test func manyFindingsAreCountedAndNotAllPrinted() {
        let text = report(pairs(40).snapshot)
        #expect(text.contains("STUCK: 80 of 80 threads can never go on."))
        #expect(text.contains("\n25. deadlock-cycle"))
        #expect(!text.contains("\n26. deadlock-cycle"))
        #expect(text.contains("15 more findings are in the JSON report"))
    }

    @Test func aLongCircleIsDrawnWithoutItsMiddle() {
        var sketch = SnapshotSketch()
        for id in 0..<30 as Range<Int32> {
            sketch.mutex(nil, at: UInt64(id + 1) * 64, owner: 101 + id)
            let next = (id + 1) % 30
            sketch.thread(101 + id, wait: .mutex(at: UInt64(next + 1) * 64, owner: 101 + next))
        }
        let text = report(sketch.snapshot)
        #expect(text.contains("… 23 more threads …"))
        #expect(text.contains("├─▶ 130\n"))
        #expect(text.contains("└─◀ 101 again"))
        #expect(text.split(separator: "\n").count < 90)
    }

    @Test func whatIsNotJudgedIsSaid() {
        var sketch = SnapshotSketch()
        sketch.thread(101, wait: .other(.condition, "condition", object: 0x4c_0010))
        #expect(
            report(sketch.snapshot).contains(
                "What 1 thread waits for has no owner (a condition, a semaphore and such): whether it comes is not"))
    }

    @Test func whatCouldNotBeToldIsSaid() {
        var sketch = SnapshotSketch()
        sketch.thread(101)
        #expect(report(sketch.snapshot).contains("CANNOT TELL: no thread was found stuck, but of 1 thread it is not"))
        #expect(report(SnapshotSketch().snapshot).contains("NO RESULT: no thread could be seen."))
    }

    @Test func wholeStacksAreThereWhenAsked() {
        var sketch = pairs(1)
        sketch.thread(200, state: .running, functions: ["libc:poll", "serve a.c:7", "only_here a.c:1"])
        #expect(!report(sketch.snapshot).contains("only_here"))
        #expect(report(sketch.snapshot, ReportText(showsStacks: true)).contains("#2   only_here at a.c:1 in bank"))
    }

    @Test func aCrashIsNamed() {
        var sketch = SnapshotSketch(source: .core)
        sketch.thread(101, state: .running, proof: .core)
        sketch.edit { $0.crash = Crash(signal: 11, faultAddress: Address(0x10), thread: ThreadID(101)) }
        #expect(
            report(sketch.snapshot).contains(
                "It crashed with signal 11 (SIGSEGV) at address 0x10 in thread 101."))
    }
}
