import Foundation
import TestSupport
import Testing

/// A 32-bit x86 program cannot be read, and the command says so at once, leaving the program alone.
@Suite("A 32-bit program") struct NarrowProgramTests {
    private let program: RunningProgram

    init() throws {
        program = try FixtureProgram(
            ["i386.c"],
            flags: ["-m32", "-g", "-O1", "-nostdlib", "-static", "-no-pie", "-fno-pie", "-fno-stack-protector"]
        ).start()
    }

    private func expectRefusal(_ arguments: [String], subject: String) throws {
        let (status, output) = try run([try DeadwaitTool.executable] + arguments)
        #expect(status == 3, "\(arguments)")
        #expect(
            output == """
                deadwait: \(subject) is for i386, 32-bit; only 64-bit x86-64 can be read.
                  Use gdb, which reads 32-bit x86, too.

                """, "\(arguments)")
    }

    @Test("is refused when it runs", arguments: [["stacks"], ["attach"], ["stacks", "--stop-all"]])
    func live(command: [String]) throws {
        let executable = try #require(program.process.executableURL?.path)
        try expectRefusal(command + [String(program.processIdentifier)], subject: executable)
        let tasks = "/proc/\(program.processIdentifier)/task"
        let threads = try FileManager.default.contentsOfDirectory(atPath: tasks)
        #expect(threads.count == 3)
        for thread in threads {
            let status = try String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8)
            #expect(status.contains("TracerPid:\t0\n") && status.contains("State:\tS (sleeping)"), "\(status)")
        }
    }

    @Test("is refused as a core")
    func core() throws {
        let prefix = FileManager.default.temporaryDirectory.appendingPathComponent("i386-\(UUID().uuidString)").path
        let path = "\(prefix).\(program.processIdentifier)"
        defer { unlink(path) }
        let (status, output) = try run(["gcore", "-o", prefix, String(program.processIdentifier)])
        try #require(status == 0, "\(output)")
        try expectRefusal(["core", path], subject: path)
        try expectRefusal(["stacks", path], subject: path)
        let executable = try #require(program.process.executableURL?.path)
        try expectRefusal(["stacks", path, executable], subject: path)
    }
}
