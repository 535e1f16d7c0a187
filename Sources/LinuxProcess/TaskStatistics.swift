import CLinux
import Glibc
import ProcessModel

/// Counters and names of many threads with a few system calls, from the kernel's taskstats interface.
///
/// They are the numbers that `schedstat` prints, without opening a file for each thread. That needs CAP_NET_ADMIN and
/// the initial pid namespace, and some kernels leave the numbers out: so it is believed only after it has told of a
/// thread what its `schedstat` tells. One for each thread that asks.
final class TaskStatistics {
    struct Record {
        var counters: SchedulerCounters
        var name: String
    }

    private let socket: Int32
    private let family: UInt16

    /// Nil when the kernel does not tell us, or tells of `thread` something else than `schedstat`.
    init?(checkedWith thread: ThreadID, tasks: borrowing TaskDirectory) {
        var family: UInt16 = 0
        let socket = clinux_taskstats_open(&family)
        guard socket >= 0 else { return nil }
        self.socket = socket
        self.family = family
        // The thread may run meanwhile: then both numbers lie between two looks at the file.
        guard let before = tasks.counters(of: thread), let told = read([thread]).first ?? nil,
            let after = tasks.counters(of: thread), before.runs > 0, before.cpuNanoseconds > 0,
            (before.runs...max(before.runs, after.runs)).contains(told.counters.runs),
            (before.cpuNanoseconds...max(before.cpuNanoseconds, after.cpuNanoseconds))
                .contains(told.counters.cpuNanoseconds)
        else { return nil }
    }

    deinit { close(socket) }

    /// One record for each thread, nil for one that is gone or of which nothing is told: ask its files.
    func read(_ threads: [ThreadID]) -> [Record?] {
        var statistics = [clinux_task_statistics](repeating: clinux_task_statistics(), count: threads.count)
        let code = clinux_taskstats_read(socket, family, threads.map(\.rawValue), threads.count, &statistics)
        guard code == 0 else { return Array(repeating: nil, count: threads.count) }
        return statistics.map { record in
            // A thread that was ever seen to do anything has run at least once.
            guard record.runs > 0, record.cpu_nanoseconds > 0 else { return nil }
            let name = withUnsafeBytes(of: record.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            return Record(
                counters: SchedulerCounters(cpuNanoseconds: record.cpu_nanoseconds, runs: record.runs), name: name)
        }
    }
}
