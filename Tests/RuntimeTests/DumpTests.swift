import Foundation
import TestSupport
import Testing

/// The thread dump that a process writes about itself.
@Suite struct DumpTests {
    @Test func itSaysWhatEachThreadWaitsFor() throws {
        let program = try DumpedProgram("dump.c", ["default", "wait"])
        // It says that it is ready before it comes to its read(2), system call 0.
        let call = "/proc/\(program.processIdentifier)/syscall"
        let deadline = Date(timeIntervalSinceNow: 20)
        while try !String(contentsOfFile: call, encoding: .utf8).hasPrefix("0 "), Date() < deadline { usleep(1000) }
        let text = try #require(program.dump())
        #expect(text.hasPrefix("\ndeadwait: thread dump of process \(program.processIdentifier) \"dump-"))
        #expect(text.contains("asked for by SIGQUIT of pid \(getpid()), written by tid \(program.processIdentifier) "))
        #expect(text.contains("\n3 live threads\n"))

        let flusher = text.section(of: "flusher")
        #expect(flusher.contains(#/waits for condition 0x[0-9a-f]+ with mutex 0x[0-9a-f]+, since [0-9.]+ m?s\n/#))
        // Static functions: their names stand in the file only.
        #expect(flusher.contains(#/at dump-[0-9a-f]+\+0x[0-9a-f]+ wait_for_work\+0x/#))
        #expect(flusher.contains(#/starts in dump-[0-9a-f]+\+0x[0-9a-f]+ flusher, argument 0x0, made by tid \d+ /#))
        #expect(flusher.contains(#/made at dump-[0-9a-f]+\+0x[0-9a-f]+ main\+0x/#))

        // A name may hold what a terminal takes for a command.
        let timer = text.section(of: "ti\\x1b[31mmer")
        #expect(timer.contains(#/, for 3[56]\d\d\.\d+ s at most\n/#) || timer.contains(", for 1 h 00 min at most\n"))

        let main = try #require(text.components(separatedBy: "\n\n").first { $0.contains("the first thread") })
        #expect(main.contains("    writes this dump\n"))
        #expect(main.contains(#/at libc\.so\.6\+0x[0-9a-f]+ \S*read/#))
        let object = text.section(under: "Objects that threads wait for")
        #expect(object.isEmpty == false)
        #expect(text.contains(#/\ncondition 0x[0-9a-f]+: 2 threads wait\n    2 waits ever, 0 ended by timeout; /#))
        #expect(text.contains("    never seen signalled\n"))

        // Appended, and the program has not noticed.
        #expect(program.dump()?.dumpStarts == 2)
        #expect(program.isRunning)
        #expect(program.running.newOutput() == "")
        #expect(
            try FileManager.default.attributesOfItem(atPath: program.dumpFile.path)[.posixPermissions] as? Int == 0o600)
    }

    @Test func itNamesTheOwnersOfMutexesThatWereNotRecorded() throws {
        let program = try DumpedProgram("dump.c", ["default", "deadlock"])
        let text = try #require(program.dump())
        for (waiter, owner) in [("left", "right"), ("right", "left")] {
            let section = text.section(of: waiter)
            #expect(
                section.contains(#/waits in futex\(2\) at 0x[0-9a-f]+; if it is a pthread_mutex_t, its owner is tid/#))
            #expect(section.contains("\"\(owner)\" (not recorded: what the kernel says)"))
        }
    }

    @Test func aProgramThatHandlesOrIgnoresTheSignalIsLeftAlone() throws {
        let handles = try DumpedProgram("dump.c", ["default", "handler"])
        handles.send(SIGQUIT)
        usleep(300_000)
        #expect(handles.running.newOutput() == "own handler\n")
        #expect(handles.dumped == "")
        let ignores = try DumpedProgram("dump.c", ["ignored", "wait"])
        ignores.send(SIGQUIT)
        usleep(300_000)
        #expect(ignores.dumped == "")
        #expect(ignores.isRunning)
    }

    @Test(arguments: [("quit", SIGQUIT), ("SIGUSR2", SIGUSR2), ("12", 12), ("RTMIN+2", 36), ("rtmax", 64)])
    func anotherSignalCanBeNamed(name: String, number: Int32) throws {
        // Named, it is wanted although a shell has it ignored.
        let program = try DumpedProgram("dump.c", ["ignored", "wait"], environment: ["DEADWAIT_SIGNAL": name])
        let text = try #require(program.dump(number))
        #expect(text.contains(number == SIGQUIT ? "asked for by SIGQUIT " : "asked for by signal \(number) "))
    }

    @Test(arguments: ["none", "0", "65", "bogus", "9"]) func noSignalAsksForADump(name: String) throws {
        let program = try DumpedProgram("dump.c", ["default", "wait"], environment: ["DEADWAIT_SIGNAL": name])
        program.send(SIGQUIT)
        #expect(program.running.finish().status == 128 + SIGQUIT)
        #expect(program.dumped == "")
    }

    @Test(arguments: [["storm", "1000"], ["malloc", "500"]])
    func dumpsOfABusyProgramAreWholeAndChangeNothing(arguments: [String]) throws {
        let program = try DumpedProgram("dump.c", ["default"] + arguments)
        let (status, output) = program.running.finish()
        #expect(status == 0)
        #expect(output.hasSuffix("done 0\n"))
        let text = program.dumped
        #expect(text.dumpStarts == text.dumpEnds)
        #expect(text.dumpStarts > 50)
        // One dump at a time: none begins within another.
        var open = 0
        for line in text.split(separator: "\n") {
            if line.hasPrefix("deadwait: thread dump") { open += 1 }
            if line.hasPrefix("deadwait: end of") { open -= 1 }
            #expect(open == 0 || open == 1)
        }
    }

    @Test func codeOfALibraryThatIsUnloadedMeanwhileIsNoTrap() throws {
        let library = try FixtureProgram(
            ["runtime/dump_library.c"], flags: ["-g", "-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"])
        let program = try DumpedProgram("dump.c", ["default", "modules", "500", library.executable.path])
        let (status, output) = program.running.finish()
        #expect(status == 0)
        #expect(output.hasSuffix("done 0\n"))
        let text = program.dumped
        #expect(text.dumpStarts == text.dumpEnds)
        #expect(text.contains(" call_through+0x"))
    }

    @Test func aSignalDisturbsNeitherErrnoNorACancellationNorASmallStack() throws {
        let program = try DumpedProgram("dump.c", ["default", "own"])
        #expect(program.running.finish().output.hasSuffix("done errno 77, went on 1, cancelled 1, fits 1\n"))
        #expect(program.dumped.dumpEnds == 3)
    }

    @Test func aProgramMayAskForADumpItself() throws {
        let program = try DumpedProgram("dump.c", ["default", "call"])
        let output = program.running.finish().output
        #expect(output.contains("done none 9, no descriptor 9, for reading 9 9, pipe 0\n"))
        #expect(output.contains("asked for by the program itself, written by"))
        #expect(output.dumpEnds == 1)
    }
}
