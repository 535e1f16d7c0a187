import Foundation
import ProcessModel
import TestSupport
import Testing

@testable import LinuxProcess

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
        #expect(image.process.executable == program.process.executableURL?.path)
        #expect(image.process.commandLine == [program.process.executableURL?.path ?? "", "20"])
    }

    /// A process that is captured twice by the same object, with more threads than descriptors.
    @Test func withoutDescriptorsTheFilesAreOpenedAnew() throws {
        let program = try FixtureProgram(["cond.c"]).start(["300"])
        let capture = try LiveCapture(process: ProcessID(program.processIdentifier))
        capture.mayAskStatistics = false
        for budget in [0, 7, 1000] {
            capture.descriptorBudget = budget
            let image = try capture.capture()
            #expect(image.threads.count == 301)
            #expect(image.threads.allSatisfy { $0.thread.instant.proof == .runCountUnchanged })
            #expect(capture.records.count { $0.descriptor >= 0 } == min(budget, 301))
            capture.closeDescriptors()
            #expect(capture.descriptorBudget == budget)
        }
    }

    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .stopAll, .noStop])
    func objectsAreCopiedInTheSameInstant(_ mode: LiveCaptureOptions.Mode) throws {
        let program = try FixtureProgram(["cond.c"]).start(["5"])
        var options = LiveCaptureOptions()
        options.mode = mode
        options.objectRanges = { call, memory in
            guard call.number == 202 else { return [] }
            let futex = Address(call.arguments[0])
            // The process can be read while ranges are chosen; nonsense is survived.
            return [(memory.load(futex, as: UInt32.self) == nil ? Address(0) : futex - 44, 48), (Address(1), 1 << 40)]
        }
        let image = try LiveCapture(process: ProcessID(program.processIdentifier), options: options).capture()
        let memory = try #require(image.memory as? CapturedMemory)
        let waiter = try #require(image.threads.first { $0.thread.systemCall?.number == 202 }?.thread)
        let futex = Address(try #require(waiter.systemCall?.arguments[0]))
        #expect(memory.isCaptured(futex - 44, count: 48))
        #expect(!memory.isCaptured(futex + 8, count: 1))
    }

    @Test func aStackIsCopiedUpToTheLimitAndReadOnBehindIt() throws {
        let program = try FixtureProgram(["cond.c"]).start(["3"])
        var options = LiveCaptureOptions()
        options.maximumStackBytes = 4096
        let image = try LiveCapture(process: ProcessID(program.processIdentifier), options: options).capture()
        let memory = try #require(image.memory as? CapturedMemory)
        for thread in image.threads where thread.thread.systemCall?.number == 202 {
            let stackPointer = try #require(thread.thread.registers.stackPointer)
            #expect(memory.isCaptured(stackPointer, count: 3968))
            #expect(!memory.isCaptured(stackPointer, count: 4200))
            #expect(memory.bytes(stackPointer, count: 5000)?.count == 5000)
        }
    }

    @Test func pastTheDeadlineNothingIsStopped() throws {
        let program = try FixtureProgram(["restless.c"]).start()
        var options = LiveCaptureOptions()
        options.deadlineNanoseconds = 0
        let image = try LiveCapture(process: ProcessID(program.processIdentifier), options: options).capture()
        let spin = try #require(image.threads.first { $0.thread.name == "spin" }?.thread)
        #expect(image.timing.stoppedThreads == 0)
        #expect(image.gaps.contains { $0.subject == .thread(spin.id) && $0.reason.contains("time for the capture") })
    }

    /// ELF headers after elf(5): class, machine.
    @Test func machinesAreToldByTheProgramsHeader() throws {
        let path = NSTemporaryDirectory() + "header-" + UUID().uuidString
        defer { unlink(path) }
        func write(_ kind: UInt8, _ machine: UInt16, magic: [UInt8] = [0x7f, 0x45, 0x4c, 0x46]) throws {
            let header =
                magic + [kind, 1, 1] + [UInt8](repeating: 0, count: 9) + [3, 0]
                + [UInt8(machine & 255), UInt8(machine >> 8)] + [UInt8](repeating: 0, count: 44)
            try Data(header).write(to: URL(fileURLWithPath: path))
        }
        try write(2, 62)
        #expect(try LiveProcess.architecture(of: path, name: nil) == .amd64)
        try write(1, 3)
        #expect(try LiveProcess.architecture(of: path, name: nil) == .unsupported(machine: 3, is64Bit: false))
        try write(1, 62)
        #expect(try LiveProcess.architecture(of: path, name: nil) == .unsupported(machine: 62, is64Bit: false))
        try write(2, 183)
        #expect(try LiveProcess.architecture(of: path, name: nil) == .unsupported(machine: 183, is64Bit: true))
        let error = LinuxProcessError.unsupportedArchitecture(
            path: "/x", .unsupported(machine: 183, is64Bit: true))
        #expect("\(error)" == "/x is for AArch64, 64-bit; only 64-bit x86-64 can be read.")
        try write(2, 62, magic: [0, 0, 0, 0])
        #expect(throws: LinuxProcessError.self) { try LiveProcess.architecture(of: path, name: nil) }
    }
}
