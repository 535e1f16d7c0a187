import Glibc
import ProcessModel
import TestSupport
import Testing

@testable import LinuxProcess

/// taskstats tells what the files tell. It is for CAP_NET_ADMIN only; without that the files are read.
@Suite struct TaskStatisticsTests {
    /// Bit 12 of the effective capabilities (capabilities(7)), in the initial user namespace, whose map has all ids.
    private func mayAsk() throws -> Bool {
        let lines = String(decoding: try ProcFile.read("/proc/self/status"), as: UTF8.self).split(separator: "\n")
        let set = try #require(lines.first { $0.hasPrefix("CapEff:") }).split(separator: "\t")[1]
        let map = String(decoding: try ProcFile.read("/proc/self/uid_map"), as: UTF8.self)
        return try #require(UInt64(set, radix: 16)) & 1 << 12 != 0 && map.contains("4294967295")
    }

    @Test func tellsWhatTheFilesTell() throws {
        let program = try FixtureProgram(["cond.c"], flags: ["-O2", "-pthread"]).start(["100"])
        let process = ProcessID(program.processIdentifier)
        let tasks = try TaskDirectory(process: process)
        let statistics = TaskStatistics(checkedWith: ThreadID(process.rawValue), tasks: tasks)
        guard let statistics else {
            #expect(try !mayAsk())
            return
        }
        let threads = try tasks.threads()
        // A thread that just went to sleep may be woken once more: only answers between equal files can be compared.
        var told: [TaskStatistics.Record?] = []
        var counters = threads.map { tasks.counters(of: $0) }
        for _ in 0..<100 {
            told = statistics.read(threads + [ThreadID(4_194_304)])
            let later = threads.map { tasks.counters(of: $0) }
            if later == counters { break }
            counters = later
        }
        #expect(told.count == threads.count + 1)
        let nobody = try #require(told.last)
        #expect(nobody == nil, "no thread can have this number")
        for (index, thread) in threads.enumerated() {
            let record = try #require(told[index])
            #expect(record.counters == counters[index])
            #expect(record.name == tasks.stat(of: thread)?.name)
        }
    }

    @Test func threadsThatSleepAreProvedBothWays() throws {
        let program = try FixtureProgram(["cond.c"], flags: ["-O2", "-pthread"]).start(["300"])
        let capture = try LiveCapture(process: ProcessID(program.processIdentifier))
        let image = try capture.capture()
        #expect(capture.statistics.isEmpty == (try !mayAsk()))
        #expect(image.threads.count == 301)
        for thread in image.threads {
            #expect(thread.thread.instant.proof == .runCountUnchanged)
            #expect(thread.thread.name == capture.tasks.stat(of: thread.thread.id)?.name)
            #expect(thread.thread.counters == capture.tasks.counters(of: thread.thread.id))
            #expect(thread.stackEnd != nil)
        }
    }
}
