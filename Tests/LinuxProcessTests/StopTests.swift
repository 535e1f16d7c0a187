import Foundation
import LinuxProcess
import ProcessModel
import TestSupport
import Testing

private typealias Thread = ProcessModel.Thread

@Suite struct StopTests {
    private func capture(
        _ program: RunningProgram, _ mode: LiveCaptureOptions.Mode
    ) throws -> (LiveCapture, ProcessImage, [String: Thread]) {
        var options = LiveCaptureOptions()
        options.mode = mode
        let capture = try LiveCapture(process: ProcessID(program.processIdentifier), options: options)
        let image = try capture.capture()
        let named = image.threads.filter { $0.thread.id.rawValue != program.processIdentifier }
            .map { ($0.thread.name ?? "?", $0.thread) }
        return (capture, image, Dictionary(named, uniquingKeysWith: { first, _ in first }))
    }

    @Test func onlyTheRunningThreadIsStopped() throws {
        let program = try FixtureProgram(["restless.c"]).start()
        let (_, image, threads) = try capture(program, .hybrid)
        #expect(image.threads.count == 8)
        let spin = try #require(threads["spin"])
        #expect(spin.state == .running)
        #expect(spin.instant.proof == .stopped)
        #expect(spin.registers.known == 0x1ffff)
        #expect(spin.systemCall == nil)
        #expect((1...2).contains(image.timing.stoppedThreads))
        #expect(image.timing.longestStopNanoseconds > 0)
        for name in ["cond", "timed", "sleep", "poll", "io) x\ny("] {
            let thread = try #require(threads[name])
            #expect(thread.instant.proof == .runCountUnchanged, "\(name)")
            #expect(thread.stoppedNanoseconds == nil)
            #expect(thread.registers[X86Register.rbx] == nil)
            // It stood still until the running thread was captured, too.
            #expect(thread.instant.overlaps(spin.instant))
        }
        #expect(image.gaps == [])
    }

    @Test func withoutStopsTheRunningThreadIsAGap() throws {
        let program = try FixtureProgram(["restless.c"]).start()
        let (_, image, threads) = try capture(program, .noStop)
        let spin = try #require(threads["spin"])
        #expect(spin.instant.proof == .none)
        #expect(image.gaps.contains { $0.subject == .thread(spin.id) && $0.operation == "capture the stack" })
        #expect(image.timing.stoppedThreads == 0)
    }

    @Test func stopAllGivesOneInstant() throws {
        let program = try FixtureProgram(["restless.c"]).start()
        let (_, image, threads) = try capture(program, .stopAll)
        #expect(image.threads.count == 8)
        #expect(image.timing.stoppedThreads == 8)
        for thread in image.threads {
            #expect(thread.thread.instant.proof == .stopped)
            #expect(thread.thread.registers.known == 0x1ffff)
            #expect(thread.thread.instant == image.threads[0].thread.instant)
            #expect(thread.stackEnd != nil)
        }
        #expect(threads["spin"]?.state == .running)
        #expect(threads["cond"]?.state == .sleeping)
        #expect(threads["cond"]?.systemCall?.number == 202)
        #expect(image.gaps == [])
    }

    /// Sleeps with a relative timeout show as restart_syscall after a stop.
    @Test func theRestartedCallIsNamed() throws {
        let program = try FixtureProgram(["restless.c"]).start()
        let (_, _, before) = try capture(program, .noStop)
        _ = try capture(program, .stopAll)
        usleep(20000)
        let raw = try String(
            contentsOfFile: "/proc/\(program.processIdentifier)/task/\(try #require(before["sleep"]?.id))/syscall",
            encoding: .utf8)
        #expect(raw.hasPrefix("219 "))
        for mode in [LiveCaptureOptions.Mode.noStop, .stopAll] {
            let (_, _, after) = try capture(program, mode)
            for name in ["timed", "sleep", "poll"] {
                #expect(after[name]?.systemCall?.number == before[name]?.systemCall?.number, "\(name) \(mode)")
                // Of the other arguments' registers the call may make use.
                #expect(after[name]?.systemCall?.arguments[0] == before[name]?.systemCall?.arguments[0], "\(name)")
            }
        }
    }

    @Test func registersAreCompletedWithoutTakingTheStackAnew() throws {
        let program = try FixtureProgram(["restless.c"]).start()
        var (capture, image, threads) = try capture(program, .hybrid)
        let cond = try #require(threads["cond"])
        #expect(cond.registers[X86Register.rbp] == nil)
        let stopped = image.timing.stoppedThreads
        capture.completeRegisters(of: [cond.id, ThreadID(1)], in: &image)
        let complete = try #require(image.threads.first { $0.thread.id == cond.id }?.thread)
        #expect(complete.registers.known == 0x1ffff)
        #expect(complete.registers.stackPointer == cond.registers.stackPointer)
        #expect(complete.registers.programCounter == cond.registers.programCounter)
        #expect(complete.systemCall == cond.systemCall)
        #expect(complete.instant.proof == .runCountUnchanged)
        #expect(complete.instant.start == cond.instant.start)
        #expect(complete.instant.end > cond.instant.end)
        #expect(complete.stoppedNanoseconds != nil)
        #expect(image.timing.stoppedThreads == stopped + 1)
        let memory = try #require(image.memory as? CapturedMemory)
        #expect(memory.isCaptured(try #require(complete.registers.stackPointer), count: 1024))
    }

    @Test func aMovedThreadIsTakenAnew() throws {
        let program = try FixtureProgram(["restless.c"]).start()
        var (capture, image, threads) = try capture(program, .hybrid)
        let tick = try #require(threads["tick"])
        if tick.stoppedNanoseconds != nil { return }
        usleep(5000)
        capture.completeRegisters(of: [tick.id], in: &image)
        let complete = try #require(image.threads.first { $0.thread.id == tick.id }?.thread)
        #expect(complete.instant.proof == .stopped)
        let memory = try #require(image.memory as? CapturedMemory)
        #expect(memory.isCaptured(try #require(complete.registers.stackPointer), count: 256))
    }
}
