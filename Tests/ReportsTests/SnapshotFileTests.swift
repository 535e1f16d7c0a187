import Foundation
import ProcessModel
import Reports
import TestSupport
import Testing

/// A snapshot in which every field has a value that is not its default.
func fullSnapshot() -> Snapshot {
    var sketch = SnapshotSketch(source: .core)
    sketch.mutex("g_a", at: 0x4c_0010, owner: 101, flavor: "robust", layout: .table)
    sketch.object(
        SyncObject(
            id: SyncObjectID(Address(UInt64.max)), type: "pthread_cond_t", flavor: nil, symbol: "g_c+0x8", owners: [],
            anonymousHolders: 3, waiters: 2, wasEverSignalled: false, fields: [], layout: .unknown))
    var registers = RegisterSet()
    registers[X86Register.rsp] = 0x7ffc_0000_1000
    registers[X86Register.returnAddress] = UInt64.max
    registers[X86Register.r15] = 0
    sketch.thread(
        101, "name \"quoted\" \\ \u{1} \u{7F} \u{E9}\u{1F600}\n", state: .diskSleep,
        wait: Wait(
            kind: .condition, object: SyncObjectID(Address(UInt64.max)), mutex: SyncObjectID(Address(0x4c_0010)),
            owner: ThreadID(7), isTimed: true, timeoutNanoseconds: UInt64.max,
            descriptors: [
                FileDescriptorTarget(descriptor: -1, target: "socket:[1]", detail: "TCP", peers: [ProcessID(1)])
            ], summary: "x", sources: [.procfs, .text, .registers]),
        functions: ["libc:poll", "main main.c:1"], start: 1, end: UInt64.max, proof: .stopped, progress: .polling)
    sketch.thread(Int32.max, state: .unknown)
    sketch.gap(.process, "a", "b")
    sketch.gap(.thread(ThreadID(-1)), "a", "b", help: "c")
    sketch.gap(.module("m"), "a", "b")
    sketch.gap(.memory(Address(5)), "a", "b")
    sketch.gap(.object(SyncObjectID(Address(5))), "a", "b")
    sketch.gap(.file("f"), "a", "b")
    sketch.edit { snapshot in
        snapshot.threads[0].registers = registers
        snapshot.threads[0].systemCall = SystemCall(number: 202, arguments: [1, UInt64.max, 0, 0, 0, 0])
        snapshot.threads[0].kernelWaitChannel = "futex_wait_queue"
        snapshot.threads[0].stoppedNanoseconds = 12
        snapshot.threads[0].counters = SchedulerCounters(
            cpuNanoseconds: 1, runs: 2, voluntarySwitches: 3, involuntarySwitches: nil)
        snapshot.process.commandLine = ["bank", "", "-x"]
        snapshot.process.buildID = BuildID("00ff")
        snapshot.process.architecture = .unsupported(machine: 183, is64Bit: true)
        snapshot.modules[0].content = .memory(size: 4096)
        snapshot.modules[1].content = .unavailable(reason: "deleted")
        snapshot.frames[0].isSignalFrame = true
        snapshot.frames[0].pc = nil
        snapshot.frames[1].source[0].parameters = [Parameter(name: "argc", location: "rdi", value: "1")]
        snapshot.frames[1].source[0].linkageName = "_main"
        snapshot.frames[1].source[0].column = 9
        snapshot.frames[1].source[0].isInlined = true
        snapshot.stacks.append(Stack(frames: [], end: .limit))
        snapshot.stacks.append(Stack(frames: [0, 1, 0], end: .failed(reason: "none")))
        snapshot.crash = Crash(
            signal: 11, code: 1, faultAddress: Address(0), sender: ProcessID(3), thread: ThreadID(101))
        snapshot.errors = [
            ErrorValue(thread: ThreadID(101), frame: 1, depth: 0, name: "ret", value: .min)
        ]
        snapshot.timing = CaptureTiming(
            mode: "core", stoppedThreads: 1, longestStopNanoseconds: 2, totalStopNanoseconds: 3,
            steps: [.init(name: "a", nanoseconds: 1)])
    }
    return sketch.snapshot
}

@Suite struct SnapshotFileTests {
    @Test func loadsToAnEqualValue() throws {
        let snapshot = fullSnapshot()
        let bytes = try SnapshotFile.encode(snapshot)
        #expect(try SnapshotFile.decode(bytes) == snapshot)
        #expect(try SnapshotFile.encode(try SnapshotFile.decode(bytes)) == bytes)
    }

    /// Foundation knows nothing of our reader and writer: each must understand the other.
    @Test func foundationReadsAndWritesTheSame() throws {
        let snapshot = fullSnapshot()
        let ours = try SnapshotFile.encode(snapshot)
        #expect(try JSONDecoder().decode(Snapshot.self, from: Data(ours)) == snapshot)
        for formatting in [JSONEncoder.OutputFormatting.prettyPrinted, [.sortedKeys], [.withoutEscapingSlashes]] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = formatting
            #expect(try SnapshotFile.decode([UInt8](encoder.encode(snapshot))) == snapshot)
        }
    }

    @Test func escapesAreRead() throws {
        let text =
            #"{"schema":"deadwait.snapshot/1","process":{"id":1,"commandLine":["\u0041\uD83D\uDE00\/\b\f\n\r\t\\\""],"#
            + #""source":"live","architecture":{"amd64":{}}},"threads":[],"modules":[],"frames":[],"stacks":[],"#
            + #""objects":[],"gaps":[],"timing":{"mode":"","stoppedThreads":0,"longestStopNanoseconds":0,"#
            + #""totalStopNanoseconds":0,"steps":[]},"later":[1.5e3,{"unknown":null}]}"#
        let snapshot = try SnapshotFile.decode(Array(text.utf8))
        #expect(snapshot.process.commandLine == ["A\u{1F600}/\u{8}\u{C}\n\r\t\\\""])
    }

    @Test func savesAndLoadsFiles() throws {
        let path = NSTemporaryDirectory() + "deadwait-\(UUID().uuidString).json"
        defer { unlink(path) }
        try SnapshotFile.save(fullSnapshot(), to: path)
        #expect(try SnapshotFile.load(from: path) == fullSnapshot())
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func fileErrorsNameTheFileAndTheReason() {
        let missing = #expect(throws: ReportsError.self) { _ = try SnapshotFile.load(from: "/nonexistent/a.json") }
        #expect(missing?.description == "cannot open /nonexistent/a.json: No such file or directory")
        let full = #expect(throws: ReportsError.self) { try SnapshotFile.save(fullSnapshot(), to: "/dev/full") }
        #expect(full == .file(operation: "write", path: "/dev/full", errno: ENOSPC))
        #expect(full?.help.isEmpty == false)
    }

    @Test(arguments: [
        ("", "not a saved snapshot: the text is cut short (byte 0)"),
        ("{}", "not a saved snapshot: it has no \"schema\""),
        ("[]", "not a saved snapshot: it has no \"schema\""),
        ("7", "not a saved snapshot: it has no \"schema\""),
        ("{\"schema\": 1}", "not a saved snapshot: it has no \"schema\""),
        ("{\"schema\": \"deadwait.snapshot/9\"}", "cannot load a snapshot of schema \"deadwait.snapshot/9\""),
        ("{\"schema\": \"deadwait.snapshot/1\"}", "damaged snapshot: \"process\" is missing"),
        ("{\"schema\": \"deadwait.snapshot/1\",}", "not a saved snapshot: a string was expected (byte 33)"),
        ("\u{7F}ELF", "not a saved snapshot: not the beginning of a value (byte 0)"),
        ("{} {}", "not a saved snapshot: text after the end (byte 3)"),
    ])
    func whatIsNoSnapshotSaysSo(text: String, message: String) {
        let error = #expect(throws: ReportsError.self) { _ = try SnapshotFile.decode(Array(text.utf8)) }
        #expect(error?.description == message)
    }

    @Test func errorsNameTheirPlace() throws {
        let text = String(decoding: try SnapshotFile.encode(fullSnapshot()), as: UTF8.self)
        func message(_ old: String, _ new: String) -> String? {
            let changed = text.replacingOccurrences(of: old, with: new)
            #expect(changed != text)
            let error = #expect(throws: ReportsError.self) { _ = try SnapshotFile.decode(Array(changed.utf8)) }
            return error?.description
        }
        #expect(
            message("\"state\": \"D\"", "\"state\": \"Q\"")?.hasPrefix("damaged snapshot: threads[0].state: ") == true)
        #expect(
            message("\"state\": \"D\"", "\"state\": 4") == "damaged snapshot: threads[0].state: a string was expected")
        #expect(
            message("\"id\": 2147483647", "\"id\": 2147483648")
                == "damaged snapshot: threads[1].id: a whole number from -2147483648 to 2147483647 was expected")
        #expect(
            message("\"stack\": 0", "\"stack\": 99")
                == "damaged snapshot: threads[0].stack: 99 is not within the 3 that are there")
        #expect(
            message("[0, 1, 0]", "[0, 1, 77]") == "damaged snapshot: stacks[2].frames: there is no frame 77")
        #expect(
            message("\"module\": 1", "\"module\": -1")
                == "damaged snapshot: frames[0].module: -1 is not within the 2 that are there")
        #expect(
            message("\"id\": 2147483647", "\"id\": 101") == "damaged snapshot: threads[1].id: thread 101 is there twice"
        )
        #expect(
            message("\"rsp\": \"0x7ffc00001000\"", "\"rsp\": \"stack\"")
                == "damaged snapshot: threads[0].registers.rsp: \"stack\" is not an address such as 0x7f00")
    }

    @Test func deepNestingIsRefused() {
        for open in ["[", "{\"a\":"] {
            let text = String(repeating: open, count: 1_000_000)
            let error = #expect(throws: ReportsError.self) { _ = try SnapshotFile.decode(Array(text.utf8)) }
            #expect(error?.description.contains("nested too deeply") == true)
        }
    }

    @Test func everyCutIsAnError() throws {
        let bytes = try SnapshotFile.encode(fullSnapshot())
        // The last byte is a newline, without which the text is whole.
        for count in 0..<bytes.count - 1 {
            #expect(throws: ReportsError.self) { _ = try SnapshotFile.decode(Array(bytes[..<count])) }
        }
    }

    /// Damage gives an error or another snapshot that prints; it never ends the process.
    @Test func damageNeverCrashes() throws {
        let bytes = try SnapshotFile.encode(fullSnapshot())
        var random = SplitMix(seed: 1)
        var loaded = 0
        for _ in 0..<800 {
            var damaged = bytes
            for _ in 0...random.next() % 4 {
                let position = Int(random.next() % UInt64(damaged.count))
                switch random.next() % 4 {
                case 0: damaged[position] = UInt8(truncatingIfNeeded: random.next())
                case 1: damaged.remove(at: position)
                case 2: damaged[position] = UInt8(ascii: "9")
                default: damaged.insert(damaged[Int(random.next() % UInt64(damaged.count))], at: position)
                }
            }
            guard let snapshot = try? SnapshotFile.decode(damaged) else { continue }
            loaded += 1
            printAll(snapshot)
        }
        #expect(loaded > 0)
    }
}
