import LinuxProcess
import ProcessModel
import TestSupport
import Testing

@Suite struct SampleTests {
    @Test(arguments: [LiveCaptureOptions.Mode.hybrid, .noStop, .stopAll])
    func progressIsTold(_ mode: LiveCaptureOptions.Mode) throws {
        let program = try FixtureProgram(["progress.c"]).start()
        var options = LiveCaptureOptions()
        options.mode = mode
        let capture = try LiveCapture(process: ProcessID(program.processIdentifier), options: options)
        var image = try capture.capture()
        let stopped = image.timing.stoppedThreads
        let activities = capture.sample(count: 10, interval: 11_000_000, in: &image)
        #expect(image.timing.stoppedThreads == stopped)
        let named = Dictionary(
            image.threads.map { ($0.thread.name ?? "?", $0.thread) }, uniquingKeysWith: { first, _ in first })
        for name in ["unmoved", "polling", "moving", "running"] {
            let thread = try #require(named[name])
            #expect(thread.progress?.rawValue == name, "\(name), \(mode)")
            let activity = try #require(activities.first { $0.thread == thread.id })
            #expect(activity.progress == thread.progress)
            #expect((activity.runs == 0) == (name == "unmoved") || name == "running")
        }
        let running = try #require(activities.first { $0.progress == .running })
        #expect(running.looksRunning == 10)
        #expect(running.cpuNanoseconds > 1_000_000)
    }

    @Test func aWalkOfTheStackMayBeTheFingerprint() throws {
        let program = try FixtureProgram(["progress.c"]).start()
        let capture = try LiveCapture(process: ProcessID(program.processIdentifier))
        var image = try capture.capture()
        var asked: Set<ThreadID> = []
        var turn: UInt64 = 0
        capture.sample(count: 4, interval: 5_000_000, in: &image) { thread, memory in
            asked.insert(thread.thread.id)
            #expect(thread.thread.registers.stackPointer.flatMap { memory.loadAddress($0) } != nil)
            turn += 1
            return turn
        }
        let polling = try #require(image.threads.first { $0.thread.name == "polling" }?.thread)
        #expect(polling.progress == .moving)
        #expect(asked.contains(polling.id))
    }
}
