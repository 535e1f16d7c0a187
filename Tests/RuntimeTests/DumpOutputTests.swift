import Foundation
import TestSupport
import Testing

/// Where a thread dump goes, and what must not happen where it cannot go there.
@Suite struct DumpOutputTests {
    /// Whether the program answers a signal after all: it has not been hung or killed.
    private func expectUndisturbed(_ program: DumpedProgram, within seconds: TimeInterval) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        let file = "/proc/\(program.processIdentifier)/syscall"
        // Back in its read(2), call 0.
        while try String(contentsOfFile: file, encoding: .utf8).hasPrefix("0 ") == false {
            if Date() > deadline { break }
            usleep(20_000)
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("0 "))
        #expect(program.isRunning)
        #expect(program.running.newOutput() == "")
    }

    @Test func standardErrorIsTheDefault() throws {
        let program = try DumpedProgram("dump.c", ["default", "wait"], redirection: "2>FILE")
        #expect(program.dump()?.contains("\n3 live threads\n") == true)
    }

    /// The next descriptor that the program opens gets the number 2: a pipe of its own.
    @Test func whatTookTheNumberOfAClosedStandardErrorIsNotWrittenTo() throws {
        let program = try DumpedProgram("dump.c", ["default", "wait"], redirection: "2>&-")
        program.send(SIGQUIT)
        usleep(300_000)
        try expectUndisturbed(program, within: 5)
    }

    @Test func aPipeThatNobodyReadsHoldsTheProgramUpForASecondOnly() throws {
        let fifo = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)").path
        try #require(mkfifo(fifo, 0o600) == 0)
        defer { unlink(fifo) }
        let descriptor = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        defer { close(descriptor) }
        let program = try DumpedProgram("dump.c", ["default", "many", "1000"], redirection: "2>\(fifo)")
        program.send(SIGQUIT)
        usleep(1_300_000)
        try expectUndisturbed(program, within: 10)
        // It is as blocking as it was: whoever else has it sees no EAGAIN.
        let flags = try String(contentsOfFile: "/proc/\(program.processIdentifier)/fdinfo/2", encoding: .utf8)
        let bits = flags.firstMatch(of: #/flags:\s+([0-7]+)/#).flatMap { Int($0.output.1, radix: 8) }
        #expect(bits.map { $0 & Int(O_NONBLOCK) } == 0)
    }

    @Test func aPipeWithoutReaderDoesNotKillTheProgram() throws {
        let fifo = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)").path
        try #require(mkfifo(fifo, 0o600) == 0)
        defer { unlink(fifo) }
        let reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let program = try DumpedProgram("dump.c", ["default", "wait"], redirection: "2>\(fifo)")
        close(reader)
        program.send(SIGQUIT)
        usleep(300_000)
        try expectUndisturbed(program, within: 5)
    }

    @Test func aFileSizeLimitDoesNotKillTheProgram() throws {
        let program = try DumpedProgram("dump.c", ["default", "wait"], redirection: "2>FILE")
        try #require(
            try run(["prlimit", "--pid", "\(program.processIdentifier)", "--fsize=1000:1000"]).status == 0)
        program.send(SIGQUIT)
        usleep(300_000)
        try expectUndisturbed(program, within: 5)
        #expect(program.dumped.utf8.count == 1000)
    }

    @Test func aSymbolicLinkIsNotFollowed() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("deadwait-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let link = folder.appendingPathComponent("link").path
        let aim = folder.appendingPathComponent("aim").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: aim)
        let program = try DumpedProgram(
            "dump.c", ["default", "wait"], environment: ["DEADWAIT_DUMP": link], redirection: "2>FILE")
        let text = try #require(program.dump())
        #expect(
            text.contains("the file of DEADWAIT_DUMP cannot be opened, or is a symbolic link: the dump goes here\n"))
        #expect(!FileManager.default.fileExists(atPath: aim))
    }
}
