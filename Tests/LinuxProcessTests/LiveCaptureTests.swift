import LinuxProcess
import ProcessModel
import TestSupport
import Testing

@Suite struct LiveCaptureTests {
    @Test func blockedThreadsAreReadWithoutAStop() throws {
        let program = try FixtureProgram(["cond.c"]).start(["20"])
        let capture = try LiveCapture(process: ProcessID(program.processIdentifier))
        let image = try capture.capture()
        #expect(image.threads.count == 21)
        #expect(image.timing.stoppedThreads == 0)
        for thread in image.threads {
            #expect(thread.thread.instant.proof == .runCountUnchanged)
            #expect(thread.thread.state == .sleeping)
            let stackPointer = try #require(thread.thread.registers.stackPointer)
            let end = try #require(thread.stackEnd)
            #expect(stackPointer < end)
            // The mapping ends where the copy does, and the copy is what the process still holds.
            #expect(image.mappings.contains { $0.end == end })
            let count = Int(end.distance(above: stackPointer))
            let copy = try #require(image.memory.bytes(stackPointer, count: count))
            let now = LiveMemory(process: ProcessID(program.processIdentifier)).bytes(stackPointer, count: count)
            #expect(copy == now)
        }
        let waiters = image.threads.filter { $0.thread.systemCall?.number == 202 }
        #expect(waiters.count == 20)
        #expect(Set(waiters.compactMap { $0.thread.systemCall?.arguments.first }).count == 1)
        #expect(image.threads.allSatisfy { $0.thread.instant.overlaps(image.threads[0].thread.instant) })
        #expect(image.gaps == [])
        #expect(image.modules.contains { $0.isExecutable && $0.path == program.process.executableURL?.path })
    }
}
