import ProcessModel
import Testing

@testable import LinuxProcess

/// The files of /proc, with contents laid out by hand after proc(5).
@Suite struct TaskFilesTests {
    private func parse<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        Array(text.utf8).withUnsafeBufferPointer(body)
    }

    @Test func mappingsWithEveryKindOfName() throws {
        let text = """
            55d0c0a00000-55d0c0a01000 r--p 00000000 fe:01 1234                       /usr/bin/with space
            55d0c0a01000-55d0c0a02000 r-xp 00001000 fe:01 1234                       /usr/bin/with space
            7f0000000000-7f0000021000 rw-p 00000000 00:00 0\u{20}
            7f1000000000-7f1000001000 rw-s 00002000 00:05 99                         /tmp/a\\012b\\x (deleted)
            7f2000000000-7f2000001000 ---p 00000000 00:00 0                          [anon: name (deleted)]
            7ffc0000f000-7ffc00030000 rw-p 00000000 00:00 0                          [stack]
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]

            """
        let (mappings, malformed) = MappingParser.parse(Array(text.utf8))
        #expect(malformed == 0)
        #expect(mappings.count == 7)
        #expect(mappings[0].path == "/usr/bin/with space")
        #expect(mappings[0].permissions == [.read])
        #expect(mappings[1].permissions == [.read, .execute])
        #expect(mappings[1].fileOffset == 0x1000)
        #expect(mappings[1].inode == 1234)
        #expect(mappings[1].path == mappings[0].path)
        #expect(mappings[2].path == "")
        #expect(mappings[2].permissions == [.read, .write])
        #expect(mappings[3].path == "/tmp/a\nb\\x")
        #expect(mappings[3].isDeleted)
        #expect(mappings[3].permissions == [.read, .write, .shared])
        #expect(mappings[4].permissions == [])
        #expect(!mappings[4].isDeleted)
        #expect(mappings[5].path == "[stack]")
        #expect(mappings[6].end == Address(0xffff_ffff_ff60_1000))
    }

    @Test(arguments: [
        "", "\n\n", "zz-10 r--p 0 0:0 0", "10", "10-", "20-10 r--p 0 0:0 0", "10-20", "10-20 r", "10-20 r--p",
        "10-20 r--p 0",
        "10-20 r--p 0 0:0", "10-20 r--p 0 0:0 x", "11112222333344445-11112222333344446 r--p 0 0:0 0",
        "10-20 r--p 0 0:0 99999999999999999999999",
    ])
    func malformedMappingsAreCounted(_ line: String) {
        let good = "1000-2000 r--p 00000000 00:00 0 \n"
        let (mappings, malformed) = MappingParser.parse(Array((line + "\n" + good).utf8))
        #expect(mappings.count == 1)
        #expect(malformed == (line.allSatisfy { $0 == "\n" } ? 0 : 1))
    }

    @Test func aNameMayHoldAnything() throws {
        let stat = try #require(parse("42 (a) R 1 (\n) S 7 42 42 0 -1 1077936128 99 0 0") { TaskStat($0) })
        #expect(stat.name == "a) R 1 (\n")
        #expect(stat.state == .sleeping)
        #expect(stat.parent == ProcessID(7))
        #expect(stat.flags == 1_077_936_128)
        #expect(!stat.isKernelThread)
        #expect(stat.threadCount == nil)
        let whole = "42 (a) S 7 42 42 0 -1 1077936128 99 0 0 0 5 6 0 0 20 0 1003 0 777"
        #expect(parse(whole) { TaskStat($0) }?.threadCount == 1003)
        let kernel = try #require(parse("2 (kthreadd) S 0 0 0 0 -1 2129984 0") { TaskStat($0) })
        #expect(kernel.isKernelThread)
        #expect(parse("1 (x) ? 1 1 1 0 -1 0") { TaskStat($0) }?.state == .unknown)
    }

    @Test(arguments: [
        "", "1", "1 (", "1 )x(", "1 (x)", "1 (x) S", "1 (x) S ", "1 (x) S y", "1 (x) S 1 2 3", ")(",
        "1 (x) S 1 1 1 0 -1 z",
    ])
    func malformedStat(_ text: String) {
        #expect(parse(text) { TaskStat($0) } == nil)
    }

    @Test func statusLines() {
        let text = """
            Name:\tx\\nUid:\t1
            Tgid:\t42
            TracerPid:\t7
            Uid:\t1000\t0\t0\t1000
            NSpid:\t42\t5
            voluntary_ctxt_switches:\t150
            nonvoluntary_ctxt_switches:\t545

            """
        let status = TaskStatus(Array(text.utf8))
        #expect(status.process == ProcessID(42))
        #expect(status.tracer == ProcessID(7))
        #expect(status.userIDs == [1000, 0, 0, 1000])
        #expect(status.namespaceIDs == [42, 5])
        #expect(status.voluntarySwitches == 150)
        #expect(status.involuntarySwitches == 545)
        let empty = TaskStatus(Array("Tgid:\nTracerPid\nUid:\tx\n:\n".utf8))
        #expect(empty.process == nil)
        #expect(empty.tracer == nil)
        #expect(empty.userIDs == [])
    }

    @Test func systemCalls() throws {
        #expect(parse("running\n") { TaskSystemCall($0) } == .running)
        #expect(
            parse("-1 0x7ffe0010 0x7f0042\n") { TaskSystemCall($0) }
                == .blocked(call: nil, stackPointer: Address(0x7ffe_0010), programCounter: Address(0x7f_0042)))
        let call = SystemCall(number: 202, arguments: [0x7f00, 0x189, 0, 0, 0, 0xffff_ffff])
        #expect(
            parse("202 0x7f00 0x189 0x0 0x0 0x0 0xffffffff 0x7ffe0010 0x7f0042\n") { TaskSystemCall($0) }
                == .blocked(call: call, stackPointer: Address(0x7ffe_0010), programCounter: Address(0x7f_0042)))
        let registers = RegisterSet(
            blockedIn: call, stackPointer: Address(0x7ffe_0010), programCounter: Address(0x7f_0042))
        #expect(registers[X86Register.rdi] == 0x7f00)
        #expect(registers[X86Register.rsi] == 0x189)
        #expect(registers[X86Register.r9] == 0xffff_ffff)
        #expect(registers[X86Register.rax] == nil)
        #expect(registers[X86Register.rbp] == nil)
    }

    @Test(arguments: [
        "", "\n", "x", "-", "-1", "-1 ", "-1 0x1", "202", "202 0x1 0x2 0x3 0x4 0x5 0x6 0x7",
        "202 0x1 0x2 y 0x4 0x5 0x6 0x7 0x8",
        "99999999999999999999 0x1 0x2", "-1 0x11112222333344445 0x1",
    ])
    func malformedSystemCalls(_ text: String) {
        #expect(parse(text) { TaskSystemCall($0) } == nil)
    }

    @Test func schedulerCounters() {
        #expect(
            parse("8142 17 33\n") { SchedulerCounters(schedstat: $0) }
                == SchedulerCounters(cpuNanoseconds: 8142, runs: 33))
        for text in ["", "1", "1 2", "1 2 ", "1 2 x", "1  2 3", "18446744073709551616 1 1"] {
            #expect(parse(text) { SchedulerCounters(schedstat: $0) } == nil, "\(text)")
        }
    }

    @Test func restartedCalls() {
        func resolve(_ first: UInt64, _ channel: String?) -> Int {
            RestartedCall.resolve(
                SystemCall(number: 219, arguments: [first, 0, 0, 0, 0, 0]), waitChannel: channel
            ).number
        }
        #expect(resolve(0x7f00_1000, "futex_do_wait") == 202)
        #expect(resolve(0x7f00_1000, "futex_wait_queue") == 202)
        #expect(resolve(0x7f00_1000, "poll_schedule_timeout.constprop.0") == 7)
        #expect(resolve(1, "hrtimer_nanosleep") == 230)
        #expect(resolve(0xffff_fffa, "do_syscall_64") == 230)
        #expect(resolve(0x7ffe_1234_0000, "do_syscall_64") == 35)
        #expect(resolve(1, nil) == 219)
        #expect(resolve(1, "ptrace_stop") == 219)
        let other = SystemCall(number: 0, arguments: [0, 0, 0, 0, 0, 0])
        #expect(RestartedCall.resolve(other, waitChannel: "futex_do_wait") == other)
    }

    @Test func wordsOfTheCommandLine() {
        #expect(ProcFile.strings(Array("a\0\0b c\0".utf8)) == ["a", "", "b c"])
        #expect(ProcFile.strings(Array("a".utf8)) == ["a"])
        #expect(ProcFile.strings([]) == [])
    }
}
