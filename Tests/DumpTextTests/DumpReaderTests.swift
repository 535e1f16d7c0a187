import DumpText
import ProcessModel
import Testing

@Suite struct DumpReaderTests {
    @Test func thereAreSamples() { #expect(DumpSamples.names.count >= 10) }

    /// What the real tools wrote is understood to the last line.
    @Test(arguments: DumpSamples.names) func aRealDumpIsUnderstood(_ name: String) throws {
        let reader = DumpSamples.read(try DumpSamples.text(name))
        #expect(reader.dumps.count == 1)
        #expect(reader.ignoredLines == 0, "\(reader.explanation.filter { $0.role == .ignored })")
        let snapshot = try #require(reader.dumps.first).snapshot
        #expect(snapshot.threads.count == 3 && snapshot.process.source == .text)
        #expect(snapshot.threads.allSatisfy { $0.wait != nil && !snapshot.frames(of: $0).isEmpty })
        #expect(reader.dumps[0].format == (name.hasPrefix("eu-stack") ? "eu-stack" : "gdb"))
        let functions = Set(snapshot.frames.flatMap(\.source).compactMap(\.function))
        #expect(functions.contains("main"))
    }

    @Test func everyFrameHasItsParts() throws {
        let snapshot = try #require(DumpSamples.read(try DumpSamples.text("gdb-flush.txt")).dumps.first).snapshot
        let main = try #require(snapshot.threads.first { $0.name == "flush_workers_n" })
        let wait = try #require(main.wait)
        #expect(wait.kind == .condition && wait.isTimed == true && wait.object != nil && wait.mutex != nil)
        let close = try #require(snapshot.frames(of: main).first { $0.function == "engine_close" })
        #expect(close.pc != nil && close.isReturnAddress && close.trust == .text)
        #expect(close.source[0].file == "/src/engine/flush_workers_never_created.c" && close.source[0].line == 104)
        #expect(close.source[0].parameters.map(\.name) == ["engine"])
        #expect(snapshot.stacks.allSatisfy { $0.end == .complete })
    }

    /// Inlined functions, which debuggers write as frames of their own, belong to the physical one.
    @Test func inlinedFunctionsAreOneFrame() throws {
        let snapshot = try #require(DumpSamples.read(try DumpSamples.text("gdb-flush.txt")).dumps.first).snapshot
        let inlined = snapshot.frames.filter { $0.source.count > 1 }
        #expect(!inlined.isEmpty)
        #expect(
            inlined.allSatisfy { $0.source.dropLast().allSatisfy(\.isInlined) && $0.source.last?.isInlined == false })
    }

    /// The joined thread stands in an argument of libc's own.
    @Test func aJoinNamesItsThread() throws {
        let snapshot = try #require(DumpSamples.read(try DumpSamples.text("gdb-cycle.txt")).dumps.first).snapshot
        let join = try #require(snapshot.threads.compactMap(\.wait).first { $0.kind == .join })
        #expect(snapshot.threads.contains { $0.id == join.owner })
        #expect(snapshot.threads.compactMap(\.wait).count { $0.kind == .mutex && $0.object != nil } == 2)
    }

    @Test(arguments: Damage.allCases) func damageIsUndone(_ damage: Damage) throws {
        for name in ["gdb-flush.txt", "gdb-cycle.txt"] {
            let text = try DumpSamples.text(name)
            let plain = try #require(DumpSamples.read(text).dumps.first).snapshot
            let reader = DumpReader(damage.apply(text))
            #expect(reader.dumps.count == 1, "\(name): \(reader.dumps.map(\.lines))")
            let snapshot = try #require(reader.dumps.first).snapshot
            #expect(DumpSamples.picture(snapshot) == DumpSamples.picture(plain), "\(name) \(reader.carriers)")
        }
    }

    /// Two layers at once: a log in a mail.
    @Test func layersComeOffInAnyOrder() throws {
        let text = try DumpSamples.text("gdb-flush.txt")
        let plain = try #require(DumpSamples.read(text).dumps.first).snapshot
        for (inner, outer) in [
            (Damage.syslog, Damage.quoted), (.quoted, .actions), (.colours, .syslog), (.syslog, .html),
        ] {
            let bytes = outer.apply(String(decoding: inner.apply(text), as: UTF8.self))
            let snapshot = try #require(DumpReader(bytes).dumps.first).snapshot
            #expect(DumpSamples.picture(snapshot) == DumpSamples.picture(plain), "\(inner) in \(outer)")
        }
    }

    /// A text that was cut says less, never something else.
    @Test(arguments: DumpSamples.names) func aTruncatedDumpGivesWhatIsThere(_ name: String) throws {
        let bytes = Array(try DumpSamples.text(name).utf8)
        let whole = try #require(DumpReader(bytes).dumps.first).snapshot
        let ids = Set(whole.threads.map(\.id))
        let functions = Set(whole.frames.flatMap(\.source).compactMap(\.function))
        for count in stride(from: 0, to: bytes.count, by: 101) {
            let reader = DumpReader(Array(bytes[..<count]))
            // A number that was cut is another number: of a cut header the thread is not known.
            let threads = reader.dumps.flatMap(\.snapshot.threads)
            #expect(threads.count { !ids.contains($0.id) } <= 1, "\(count)")
            for snapshot in reader.dumps.map(\.snapshot) {
                let strange = snapshot.frames.flatMap(\.source).compactMap(\.function).filter {
                    !functions.contains($0)
                }
                #expect(strange.count <= 1, "\(count): \(strange)")
            }
        }
    }

    /// Without its first lines, or with the lines in any order, it is read as far as it goes.
    @Test func aShuffledDumpEndsWithoutACrash() throws {
        for name in DumpSamples.names {
            var lines = try DumpSamples.text(name).split(separator: "\n").map(String.init)
            var state: UInt64 = 88_172_645_463_325_252
            for index in lines.indices.reversed() where index > 0 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                lines.swapAt(index, Int(state % UInt64(index + 1)))
            }
            let reader = DumpSamples.read(lines.joined(separator: "\n"))
            #expect(reader.usedLines + reader.ignoredLines > 0)
        }
    }

    @Test func twoDumpsComeApart() throws {
        let (first, second) = (try DumpSamples.text("gdb-flush.txt"), try DumpSamples.text("gdb-cycle.txt"))
        let reader = DumpSamples.read(first + "\nand once more:\n" + first + "\n" + second)
        #expect(reader.dumps.map(\.snapshot.threads.count).reduce(0, +) >= 9 - 3)
        #expect(reader.dumps.count >= 2)
        #expect(
            DumpSamples.picture(reader.dumps[0].snapshot)
                == DumpSamples.picture(reader.dumps[1].snapshot).prefix(3).map { $0 })
        let stacks = DumpSamples.read(
            try DumpSamples.text("eu-stack-flush.txt") + (try DumpSamples.text("eu-stack-cycle.txt")))
        #expect(stacks.dumps.count == 2)
    }

    /// What only looks like a dump is none.
    @Test(arguments: [
        "", "\n\n\n", "We fixed #1 and #2 in the thread about locks (see also #3).",
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nKeyError: 'x'\n",
        "1. Open the box\n2. Thread the needle\n3. Close it (at once)\n", "Thread starvation was seen at 10:15:20.\n",
    ])
    func otherTextsHoldNone(_ text: String) {
        #expect(DumpSamples.read(text).dumps.isEmpty)
    }

    @Test func everyLineIsExplained() throws {
        let text = try DumpSamples.text("gdb-full-cycle.txt")
        let reader = DumpSamples.read(text + "\nthis line says nothing\n")
        #expect(reader.ignoredLines == 1)
        #expect(reader.explanation.last { $0.role != .blank }?.text == "this line says nothing")
        #expect(reader.dumps[0].snapshot.gaps.contains { $0.operation == "understand every line" })
        #expect(reader.explanation.count { $0.role == .thread } >= 6)
        #expect(reader.explanation.map(\.number) == reader.explanation.map(\.number).sorted())
    }

    @Test func threadsWithoutKernelIdsGetNumbers() throws {
        let text = """
            Thread 2:
            #0  0x00007a10c5d1e0aa in qx_slot_sleep () from /opt/quill/lib/libqxcore.so.4
            #1  0x000000000041c2d0 in flush_loop (ring=0x1b7c2a0) at src/flush.c:88
            Thread 1:
            #0  0x00007a10c5d22f31 in qx_poll_wait () from /opt/quill/lib/libqxcore.so.4
            """
        let snapshot = try #require(DumpSamples.read(text).dumps.first).snapshot
        #expect(snapshot.threads.map(\.id) == [ThreadID(1), ThreadID(2)])
        #expect(snapshot.modules.map(\.path) == ["/opt/quill/lib/libqxcore.so.4"])
    }
}
