import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

/// A capture leaves the target as it was.
@Suite struct UndisturbedTests {
    private static let ended: Set = [
        "epoll_wait", "epoll_timed", "epoll_pwait", "epoll_pwait2", "semop", "semtimedop", "sigtimedwait",
        "sigwaitinfo",
        "recv_timed", "read_timed", "accept_timed", "send_timed", "io_getevents",
    ]
    private static let others: Set = ["poll", "select", "read", "nanosleep", "sem_wait", "pause", "accept", "recv"]

    private func capture(
        _ program: RunningProgram, _ mode: LiveCaptureOptions.Mode, allow: Bool
    ) throws -> ProcessImage {
        var options = LiveCaptureOptions()
        options.mode = mode
        options.allowInterruptingCalls = allow
        let capture = try LiveCapture(process: ProcessID(program.processIdentifier), options: options)
        var image = try capture.capture()
        capture.completeRegisters(of: image.threads.map(\.thread.id), in: &image)
        return image
    }

    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .stopAll])
    func noCallIsInterrupted(_ mode: LiveCaptureOptions.Mode) throws {
        let program = try FixtureProgram(["interruptible.c"]).start()
        let image = try capture(program, mode, allow: false)
        #expect(image.threads.count == Self.ended.count + Self.others.count + 1)
        for thread in image.threads {
            let name = thread.thread.name ?? "?"
            #expect(thread.stackEnd != nil, "\(name)")
            #expect(thread.thread.instant.proof != .none, "\(name)")
            let wasStopped = thread.thread.stoppedNanoseconds != nil
            #expect(wasStopped == !Self.ended.contains(name), "\(name)")
            #expect((thread.thread.registers[X86Register.rbx] != nil) == wasStopped, "\(name)")
            let gap = image.gaps.first { $0.subject == .thread(thread.thread.id) }
            #expect((gap != nil) == Self.ended.contains(name), "\(name)")
            if let gap {
                #expect(gap.reason.contains("EINTR"))
                #expect(gap.help?.contains("--allow-eintr") == true)
            }
        }
        #expect(image.timing.stoppedThreads == Self.others.count + 1)
        usleep(100_000)
        #expect(program.newOutput() == "")
    }

    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .stopAll])
    func theSameCallsAreStoppedWhenAllowed(_ mode: LiveCaptureOptions.Mode) throws {
        let program = try FixtureProgram(["interruptible.c"]).start()
        let image = try capture(program, mode, allow: true)
        #expect(image.threads.allSatisfy { $0.thread.registers.known == 0x1ffff })
        // They are shown as they were before the stop.
        for thread in image.threads {
            #expect(thread.thread.state == .sleeping, "\(thread.thread.name ?? "?")")
            #expect(thread.thread.systemCall != nil, "\(thread.thread.name ?? "?")")
        }
        #expect(image.gaps == [])
        // That these calls do return EINTR is what makes the other test one that can fail.
        var output = ""
        _ = TargetThreads.wait {
            output += program.newOutput()
            return output.split(separator: "\n").count >= Self.ended.count
        }
        let returned = Set(output.split(separator: "\n").map(String.init))
        #expect(returned == Set(Self.ended.map { "\($0) EINTR" }))
    }

    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .stopAll])
    func aStoppedProcessStaysStopped(_ mode: LiveCaptureOptions.Mode) throws {
        let ticks = try TickFile()
        let program = try FixtureProgram(["cond.c"]).start(["10", ticks.path])
        let process = program.processIdentifier
        kill(process, SIGSTOP)
        #expect(TargetThreads.wait { TargetThreads.states(process).allSatisfy { $0 == "T" } })
        let image = try capture(program, mode, allow: false)
        #expect(image.threads.count == 12)
        #expect(image.threads.allSatisfy { $0.thread.state == .stopped })
        #expect(image.threads.allSatisfy { $0.thread.registers.known == 0x1ffff })
        #expect(image.gaps == [])
        #expect(TargetThreads.wait { TargetThreads.states(process).allSatisfy { $0 == "T" } })
        let before = ticks.value
        usleep(50_000)
        #expect(ticks.value == before)
        kill(process, SIGCONT)
        #expect(TargetThreads.wait { ticks.value > before })
        #expect(TargetThreads.wait { !TargetThreads.states(process).contains("T") })
    }

    /// The capturing process is killed at random moments of its work; each time the target must run on at once.
    @Test(arguments: ["hybrid", "all"])
    func aKilledCaptureLeavesTheTargetRunning(_ mode: String) throws {
        let ticks = try TickFile()
        let program = try FixtureProgram(["cond.c"]).start(["30", ticks.path])
        let process = program.processIdentifier
        var sawStopped = 0
        for moment in 0..<100 {
            let loop = try CaptureLoop(process, mode)
            #expect(loop.line() == "begin")
            usleep(UInt32.random(in: 0...15_000))
            if TargetThreads.states(process).contains("t") { sawStopped += 1 }
            loop.kill()
            let before = ticks.value
            #expect(TargetThreads.wait(3) { ticks.value > before }, "moment \(moment)")
            #expect(
                TargetThreads.wait(3) { !TargetThreads.states(process).contains { "tT".contains($0) } },
                "moment \(moment): \(TargetThreads.states(process))")
            #expect(TargetThreads.tracer(process) == 0)
        }
        #expect(sawStopped > 0, "no moment fell into a stop: the test shows nothing")
    }

    @Test func signalsOnTheirWayArrive() throws {
        let program = try FixtureProgram(["storm.c"]).start()
        for turn in 0..<150 {
            let image = try capture(program, turn.isMultiple(of: 2) ? .stopAll : .hybrid, allow: false)
            #expect(image.threads.count >= 3)
            let ids = image.threads.map(\.thread.id)
            #expect(ids == ids.sorted())
        }
        // Any of them: the newest has not the largest id where the kernel's ids have begun again.
        let last = Set(TargetThreads.ids(program.processIdentifier))
        #expect(TargetThreads.wait { Set(TargetThreads.ids(program.processIdentifier)) != last })
        #expect(program.process.isRunning)
        #expect(program.newOutput() == "")
        #expect(TargetThreads.tracer(program.processIdentifier) == 0)
    }
}
