import Glibc

/// Instructions of single operations, with and without the runtime library: what no other work on the machine disturbs.
///
/// valgrind's callgrind counts a process that does the operation n times and one that does it 2n times; the difference
/// over n is the operation's. Only what runs in user mode is counted, and a system call is one instruction: where an
/// operation enters the kernel, the ratio of times is smaller than this one.
struct RuntimeInstructions {
    let bench: Bench
    let library: RuntimeLibrary

    private static let operations: [(name: String, count: Int)] = [
        ("mutex-pair", 20_000), ("condition-ping-pong-1", 2_000), ("semaphore-ping-pong-1", 2_000),
        ("futex-ping-pong-1", 2_000), ("semaphore-pair", 20_000), ("signal-unheard", 20_000), ("broadcast-8", 500),
        ("rwlock-read-pair", 20_000), ("rwlock-write-pair", 20_000), ("create-join", 500), ("futex-wake", 20_000),
        ("other-syscall", 20_000),
    ]

    func run() throws(BenchmarkError) -> Results {
        guard Files.inPath("valgrind") else { throw .missing(tool: "valgrind", package: "valgrind") }
        let program = try bench.targets.runtimeOperations()
        let settings = [RuntimeSetting.plain, .preloaded(library), .locks(library)]
        var results = Results()
        print(
            "  instructions an operation".padded(to: 26)
                + settings.map { $0.name.padded(to: 12, left: true) }.joined())
        for (operation, count) in Self.operations {
            var line = "  " + operation.padded(to: 24)
            for setting in settings {
                let once = try self.count([program, operation, "counted", "\(count)"], setting)
                let twice = try self.count([program, operation, "counted", "\(2 * count)"], setting)
                let each = Double(twice - once) / Double(count)
                results.figures["runtime-instructions/\(operation)/\(setting.name)"] = each
                line += each.text(decimals: 1).padded(to: 12, left: true)
            }
            print(line)
            fflush(nil)
        }
        try wiredTiger(&results)
        return results
    }

    /// An engine's threads meet each other in other places each time: hence the least of two counts. The difference
    /// of a long and a short load leaves out the 1.8 G instructions for which WiredTiger measures the clock at its start.
    private func wiredTiger(_ results: inout Results) throws(BenchmarkError) {
        guard let program = try bench.targets.wiredTigerLoad() else { return }
        print("  a record of wiredtiger_load")
        for setting in [RuntimeSetting.plain, .again, .preloaded(library), .locks(library)] {
            let (few, many) = (100, 4_100)
            let difference =
                try wiredTiger(program, setting, many, runs: 2) - wiredTiger(program, setting, few, runs: 1)
            // By all four writers.
            let each = Double(difference) / Double(4 * (many - few))
            results.figures["runtime-instructions/wiredtiger/\(setting.name)"] = each
            let plain = results.figures["runtime-instructions/wiredtiger/plain"] ?? each
            print(
                "    " + setting.name.padded(to: 22) + each.text(decimals: 0).padded(to: 12, left: true)
                    + (each / plain).text(decimals: 4).padded(to: 10, left: true))
        }
    }

    private func wiredTiger(_ program: String, _ setting: RuntimeSetting, _ inserts: Int, runs: Int)
        throws(BenchmarkError) -> Int
    {
        let folder = "\(bench.targets.scratch)/wiredtiger"
        var least = Int.max
        for _ in 0..<runs {
            try ChildProcess.require(["rm", "-rf", folder])
            try Files.makeFolder(folder)
            least = min(least, try count([program, folder, String(inserts)], setting))
        }
        try ChildProcess.require(["rm", "-rf", folder])
        return least
    }

    /// The instructions of one process, from its start to its end.
    private func count(_ program: [String], _ setting: RuntimeSetting) throws(BenchmarkError) -> Int {
        let file = "\(bench.targets.scratch)/callgrind.operation"
        let command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=\(file)"] + program
        let outcome = try ChildProcess.run(command, environment: setting.environment)
        guard outcome.status == 0 else { throw .command(command, status: outcome.status) }
        // Of `totals: N` near the end of the file.
        for line in try Files.text(file).split(separator: "\n").reversed() where line.hasPrefix("totals:") {
            if let count = line.split(separator: " ").last.flatMap({ Int($0) }) { return count }
        }
        throw .unreadable(path: file, reason: "callgrind wrote no totals")
    }
}
