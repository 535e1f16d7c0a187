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
        let told = statistics.read(threads + [ThreadID(4_194_304)])
        #expect(told.count == threads.count + 1)
        let nobody = try #require(told.last)
        #expect(nobody == nil, "no thread can have this number")
        for (thread, record) in zip(threads, told) {
            let record = try #require(record)
            #expect(record.counters == tasks.counters(of: thread))
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
