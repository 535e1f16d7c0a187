import Glibc

/// Nanoseconds of single operations of the thread library, with and without the runtime library.
///
/// Each setting has its turn in every round, and a round begins with another one, so that what else the machine does
/// meets all of them. A round is a process that measures some forty slices of a few milliseconds. The least processor
/// time of all slices is what the operation takes when nothing disturbs it, and is found on a busy machine, too. Wall
/// time has no such floor where threads on two processors wake each other: its median is given, and `again`, the plain
/// program once more, says how little it means.
struct RuntimeOperations {
    let bench: Bench
    let library: RuntimeLibrary

    private static let slices = 40
    private static let sliceMilliseconds = 5
    /// Of each slice of an operation: nanoseconds of wall and processor time.
    private typealias Samples = (wall: [Double], processor: [Double])

    func run() throws(BenchmarkError) -> Results {
        let program = try bench.targets.runtimeOperations()
        let sanitized = try bench.targets.runtimeOperations(sanitized: true)
        let list = "\(bench.targets.scratch)/operations"
        try ChildProcess.require([program, "list"], output: list)
        let operations = try Files.text(list).split(separator: "\n").map(String.init)
        var results = Results()
        try symbols(&results)
        let settings = RuntimeSetting.compared(library)
        let present = RuntimeSetting.peers.filter { peer in peer.wrapper.first.map(Files.inPath) ?? true }
        var table = RuntimeTable(settings: settings, peers: RuntimeSetting.peers)
        for operation in operations {
            var samples: [String: Samples] = [:]
            for round in 0..<(3 * bench.runs) {
                for turn in settings.indices {
                    let setting = settings[(round + turn) % settings.count]
                    let new = try measure(operation, setting, program, slices: Self.slices)
                    let old = samples[setting.name] ?? ([], [])
                    samples[setting.name] = (old.wall + new.wall, old.processor + new.processor)
                }
            }
            for peer in present {
                samples[peer.name] = try measure(operation, peer, peer.isSanitized ? sanitized : program, slices: 8)
            }
            for (setting, all) in samples {
                let name = "runtime/\(operation)/\(setting)"
                results.figures[name] = all.processor.min()
                results.figures["\(name)/wall"] = median(all.wall)
            }
            table.add(operation, results)
        }
        table.printWall(results)
        return results
    }

    /// Runs one process of the operation.
    private func measure(_ operation: String, _ setting: RuntimeSetting, _ program: String, slices: Int)
        throws(BenchmarkError) -> Samples
    {
        let output = "\(bench.targets.scratch)/slices"
        let command =
            setting.wrapper + [program, operation, "timed", String(slices), String(Self.sliceMilliseconds)]
        let outcome = try ChildProcess.run(command, output: output, environment: setting.environment)
        guard outcome.status == 0 else { throw .command(command, status: outcome.status) }
        var samples: Samples = ([], [])
        for line in try Files.text(output).split(separator: "\n") {
            let numbers = line.split(separator: " ").compactMap { Double($0) }
            guard numbers.count == 2 else { throw .unreadable(path: output, reason: "\(line) is not two numbers") }
            samples.wall.append(numbers[0])
            samples.processor.append(numbers[1])
        }
        return samples
    }

    /// The library of the default mode must leave the calls alone that every program makes all the time.
    private func symbols(_ results: inout Results) throws(BenchmarkError) {
        let defined = try RuntimeLibrary.symbols(of: library.plain, scratch: bench.targets.scratch)
        let hooked = ["pthread_mutex_lock", "pthread_mutex_unlock", "pthread_mutex_trylock"].filter {
            defined[$0] != nil
        }
        results.figures["runtime/mutex hooks"] = Double(hooked.count)
        let said = hooked.isEmpty ? "none of pthread_mutex_lock, _unlock, _trylock" : hooked.joined(separator: ", ")
        print("  libdeadwait.so defines \(said); \(defined.count) dynamic symbols")
    }
}

/// The lines that are printed of the operations.
struct RuntimeTable {
    private let columns: [String]
    private var operations: [String] = []

    /// Prints the heading: nanoseconds of `plain`, and of all others the ratio to it.
    init(settings: [RuntimeSetting], peers: [RuntimeSetting]) {
        columns = settings.dropFirst().map(\.name).sorted { $0 == "again" && $1 != "again" } + peers.map(\.name)
        print("  least processor time of all slices:")
        heading()
    }

    private func heading() {
        print(
            "  " + "".padded(to: 24) + "plain ns".padded(to: 12, left: true)
                + columns.map { $0.padded(to: 10, left: true) }.joined())
    }

    mutating func add(_ operation: String, _ results: Results) {
        operations.append(operation)
        row(operation, "", results)
    }

    func printWall(_ results: Results) {
        print("  median of wall time:")
        heading()
        for operation in operations { row(operation, "/wall", results) }
    }

    private func row(_ operation: String, _ kind: String, _ results: Results) {
        let plain = results.figures["runtime/\(operation)/plain\(kind)"] ?? 0
        var line = operation.padded(to: 24) + plain.text(decimals: plain < 1000 ? 2 : 0).padded(to: 12, left: true)
        for column in columns {
            let value = results.figures["runtime/\(operation)/\(column)\(kind)"]
            let ratio = value.map { ($0 / plain).text(decimals: $0 < 10 * plain ? 3 : 0) } ?? "-"
            line += ratio.padded(to: 10, left: true)
        }
        print("  " + line)
        fflush(nil)
    }
}
