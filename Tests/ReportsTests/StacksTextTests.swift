import Diagnosis
import Foundation
import ProcessModel
import Reports
import TestSupport
import Testing

/// Prints a snapshot in every form.
@discardableResult func printAll(_ snapshot: Snapshot, width: Int = 100) -> String {
    var output = ByteWriter()
    let style = Style(width: width, usesColor: true)
    ReportText(style: style, showsStacks: true, isVerbose: true).write(Assessment(of: snapshot), to: &output)
    StacksText(style: style, foldsEqualStacks: false, isVerbose: true).write(snapshot, to: &output)
    ReportJSON().write(Assessment(of: snapshot), to: &output)
    StacksJSON().write(snapshot, to: &output)
    return output.string
}

private func stacks(_ sketch: SnapshotSketch, _ text: StacksText = StacksText()) -> String {
    var output = ByteWriter()
    text.write(sketch.snapshot, to: &output)
    return output.string
}

@Suite struct StacksTextTests {
    private let poll = Wait.other(.poll, "poll(1 descriptor)")

    @Test func equalStacksAreFoldedAndOthersAreNot() {
        var sketch = SnapshotSketch()
        for id in 101...105 as ClosedRange<Int32> {
            sketch.thread(id, "w", wait: poll, functions: ["libc:poll", "serve net.c:3"])
        }
        sketch.thread(106, "w", state: .running, functions: ["libc:poll", "serve net.c:3"])
        sketch.thread(107, "w", wait: .other(.read, "read(3)"), functions: ["libc:poll", "serve net.c:3"])
        sketch.thread(108, "w", wait: poll, functions: ["libc:poll", "serve net.c:4"])
        sketch.thread(109, "w", wait: poll)
        sketch.thread(110, "w", wait: poll)
        let folded = stacks(sketch)
        #expect(folded.contains("10 threads in 6 groups"))
        #expect(folded.contains("5 threads, sleeping: 101-105 \"w\""))
        #expect(folded.components(separatedBy: "(no stack)").count == 3)
        let all = stacks(sketch, StacksText(foldsEqualStacks: false))
        #expect(all.components(separatedBy: "Thread 10").count == 10)
        #expect(!all.contains("groups"))
    }

    @Test func aGroupsWaitsAreCounted() {
        var sketch = SnapshotSketch()
        for (number, object) in [1, 2, 2, 2, 3, 4, 5, 5].enumerated() {
            sketch.thread(
                101 + Int32(number), wait: .other(.semaphore, "sem", object: UInt64(object) * 16), functions: ["f"])
        }
        let text = stacks(sketch)
        let lines = text.split(separator: "\n").filter { $0.contains("waits for") }
        #expect(
            lines == [
                "  waits for semaphore 0x20 (3 threads)", "  waits for semaphore 0x50 (2 threads)",
                "  waits for semaphore 0x10 (1 thread)", "  waits for semaphore 0x30 (1 thread)",
            ])
        #expect(text.contains("and for 1 more (--no-group shows each)"))
    }

    @Test func framesTellTheirTrustUnlessItIsTheBest() {
        var sketch = SnapshotSketch()
        sketch.thread(101, functions: ["a", "b", "c", "d", "e"])
        sketch.edit { snapshot in
            for (frame, trust) in [Trust.context, .cfi, .libunwind, .framePointer, .scan].enumerated() {
                snapshot.frames[frame].trust = trust
            }
        }
        let lines = stacks(sketch).split(separator: "\n").filter { $0.contains("#") }
        #expect(
            lines == [
                "  #0   a+0x10 in bank", "  #1   b+0x10 in bank", "  #2   c+0x10 in bank [by libunwind]",
                "  #3   d+0x10 in bank [by frame pointer]", "  #4   e+0x10 in bank [by stack scan: a guess]",
            ])
    }

    @Test func inlinedFunctionsShareTheirFramesNumber() {
        var sketch = SnapshotSketch()
        sketch.thread(101, functions: ["outer a.c:9"])
        sketch.edit { snapshot in
            snapshot.frames[0].source.insert(
                SourceFrame(
                    function: "inner", file: "/long/way/to/b.h", line: 2, isInlined: true,
                    parameters: [Parameter(name: "n", location: "rdi"), Parameter(name: "p", value: "0x10")]), at: 0)
        }
        #expect(
            stacks(sketch).contains(
                "  #0   inner(n@rdi, p=0x10) at to/b.h:2 [inlined]\n       outer at a.c:9 in bank\n"))
    }

    @Test func codeWithoutSymbolsIsModuleAndAddressInItsFile() {
        var sketch = SnapshotSketch()
        sketch.thread(101, functions: ["libc:x"])
        sketch.edit { snapshot in
            snapshot.frames[0].source = []
            snapshot.frames[0].pc = Address(0x7f00_0000_1234)
        }
        #expect(stacks(sketch).contains("  #0   libc.so.6+0x1234 in libc.so.6\n"))
        sketch.edit { $0.frames[0].module = nil }
        #expect(stacks(sketch).contains("  #0   0x7f0000001234\n"))
    }

    @Test func registersAreForTheVerbose() {
        var sketch = SnapshotSketch()
        sketch.thread(101, functions: ["f"])
        sketch.edit { $0.threads[0].registers[X86Register.rsp] = 0x7ffc }
        #expect(!stacks(sketch).contains("rsp"))
        #expect(stacks(sketch, StacksText(isVerbose: true)).contains("registers: rsp=0x7ffc\n"))
    }

    @Test func noGapIsDropped() {
        var sketch = SnapshotSketch()
        for id in 200..<300 as Range<Int32> { sketch.gap(.thread(ThreadID(id)), "read the registers", "it exited") }
        sketch.gap(.file("/x"), "open it", "no permission", help: "Run as root.")
        let text = stacks(sketch)
        #expect(text.contains("Not seen (101 gaps)"))
        #expect(text.contains("threads 200-299: could not read the registers: it exited."))
        #expect(text.contains("/x: could not open it: no permission. Run as root."))
    }

    @Test func howAStackEndsIsSaid() {
        var sketch = SnapshotSketch()
        sketch.thread(101, functions: ["f"])
        sketch.edit { $0.stacks[0].end = .limit }
        #expect(stacks(sketch).contains("(more frames follow; the limit was reached)"))
        sketch.edit { $0.stacks[0].end = .failed(reason: "no memory at 0x10") }
        #expect(stacks(sketch).contains("(the stack is cut short: no memory at 0x10)"))
    }

    @Test func theTargetCannotDriveTheTerminal() {
        var sketch = SnapshotSketch()
        sketch.thread(101, "evil\u{1B}[2J\u{9B}0m\r", wait: .other(.read, "read \u{7} it"), functions: ["f\u{1B}]0;x"])
        sketch.gap(.file("/tmp/\u{1B}c"), "open", "no")
        var output = ByteWriter()
        ReportText(showsStacks: true).write(Assessment(of: sketch.snapshot), to: &output)
        StacksText(isVerbose: true).write(sketch.snapshot, to: &output)
        let text = output.string
        #expect(!text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) })
        #expect(text.contains("evil\\x1b[2J\\x9b0m\\x0d"))
    }

    @Test func coloursAreOnlyThereWhenAsked() {
        var sketch = SnapshotSketch()
        sketch.thread(101, functions: ["f"])
        #expect(!stacks(sketch).contains("\u{1B}"))
        #expect(stacks(sketch, StacksText(style: Style(usesColor: true))).contains("\u{1B}["))
    }

    @Test func longNamesAreWrappedAndNotCut() {
        let name = "ns::Table<" + String(repeating: "std::pair<int,long>", count: 40) + ">::find"
        var sketch = SnapshotSketch()
        sketch.thread(101, functions: [name + " table.cc:12"])
        let text = stacks(sketch, StacksText(style: Style(width: 80)))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(text.filter { !" \n".contains($0) }.contains(name))
        #expect(text.contains("table.cc:12"))
    }

    @Test func drainedOutputEqualsKeptOutput() {
        var sketch = SnapshotSketch()
        for id in 1...3_000 as ClosedRange<Int32> {
            sketch.thread(id, "worker", wait: poll, functions: (0..<20).map { "function_\($0) file.c:\($0)" })
        }
        var kept = ByteWriter()
        StacksText(foldsEqualStacks: false).write(sketch.snapshot, to: &kept)
        #expect(kept.bytes.count > 2 << 20)
        var drained: [UInt8] = []
        var pieces = 0
        var output = ByteWriter { piece in
            drained.append(contentsOf: piece)
            pieces += 1
        }
        StacksText(foldsEqualStacks: false).write(sketch.snapshot, to: &output)
        #expect(drained == kept.bytes)
        #expect(pieces > 2)
        #expect(output.bytes.isEmpty)
    }
}
