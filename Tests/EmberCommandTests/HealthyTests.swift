import Foundation
import ProcessModel
import TestSupport
import Testing

/// The look-alikes go on, and end by themselves.
@Suite struct HealthyTests {
    static let names = ["idle", "busy", "slow-callback", "long-checkpoint", "slow-disk", "many-sessions"]

    @Test func allAreKnown() throws {
        #expect(try ListTests.entries().filter { $0.kind == "healthy" }.map(\.name) == Self.names)
    }

    @Test(arguments: names)
    func itEndsSoonAfterItsTime(_ name: String) async throws {
        let program = try EmberTool.start(["--scenario", name, "--seconds", "3"])
        let start = ContinuousClock.now
        // As long as a busy machine may take, and far less than for ever.
        let end = ContinuousClock.now + .seconds(60)
        while program.process.isRunning && ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
        #expect(!program.process.isRunning)
        // Not at once either: it has been what it is for most of that time, since it was ready before this began.
        #expect(start.duration(to: .now) > .seconds(1))
        if program.process.isRunning { return }
        #expect(program.finish().status == 0)
    }

    /// What tells the healthy flush from the hang is not on the stack of the thread that waits.
    @Test func aFlushForASlowCallbackLooksLikeTheHang() async throws {
        let healthy = try EmberTool.start(["--scenario", "slow-callback"], recorded: true)
        let hung = try EmberTool.start(["--scenario", "async-never-created"], recorded: true)
        try await Task.sleep(for: .milliseconds(500))
        let sights = try [healthy, hung].map { try Sight($0.processIdentifier) }
        let stacks = sights.map { sight in
            Array(sight.functions(of: "main").prefix { !$0.contains("Database") }.filter { $0.contains("Ember.") })
        }
        #expect(stacks[0] == stacks[1] && !stacks[0].isEmpty)
        #expect(sights.allSatisfy { $0.waiting.contains(Sight.Waiting("main", .condition, "async flush")) })
        // The callback itself.
        #expect(sights[0].waiting.filter { $0.kind == .sleep && $0.thread.hasPrefix("async-worker-") }.count == 1)
    }

    @Test func manySessionsAreMany() async throws {
        let program = try EmberTool.start(["--scenario", "many-sessions"])
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(program.processIdentifier)/task")
        #expect(tasks.count > 2000)
    }

    @Test func theSlowDisksReaderEndsWithIt() async throws {
        let program = try EmberTool.start(["--scenario", "slow-disk"])
        let children = "/proc/\(program.processIdentifier)/task/\(program.processIdentifier)/children"
        let reader = try #require(
            try String(contentsOfFile: children, encoding: .utf8).split(separator: " ").first.flatMap { Int32($0) })
        #expect(kill(reader, 0) == 0)
        kill(program.processIdentifier, SIGKILL)
        var isGone = false
        for _ in 0..<200 where !isGone {
            try await Task.sleep(for: .milliseconds(10))
            // A zombie counts as gone: whoever inherits it has to reap it.
            let state = try? String(contentsOfFile: "/proc/\(reader)/stat", encoding: .utf8)
            isGone = state.map { $0.contains(") Z ") } ?? true
        }
        #expect(isGone)
    }
}
