import Glibc

/// Throughput of real storage engines, with and without the runtime library.
///
/// All settings take turns, as in ``RuntimeOperations``. The bar is on processor time a request, as the median of the
/// ratios of one round: two runs of the same server differ by several percent, in wall time by more, where its clients
/// and other work share its processors. `noise` is how far that median can be off.
struct RuntimeEngines {
    let bench: Bench
    let library: RuntimeLibrary

    /// Nanoseconds a request.
    struct Sample {
        var wall: Double
        /// Of all threads of the engine.
        var processor: Double
    }

    /// Four writers and checkpoints in a process of its own each time.
    func wiredTiger() throws(BenchmarkError) -> Results {
        guard let program = try bench.targets.wiredTigerLoad() else {
            print("  not measured, wiredtiger.h is not installed (libwiredtiger-dev)")
            return Results()
        }
        // In memory if there is such a folder: the disk is not what is measured.
        let folder = Files.exists("/dev/shm") ? "/dev/shm/deadwait-wiredtiger.\(getpid())" : "\(scratch)/wiredtiger"
        return try compare("runtime-wiredtiger") { setting throws(BenchmarkError) in
            try ChildProcess.require(["rm", "-rf", folder])
            try Files.makeFolder(folder)
            let command = [program, folder, "25000"]
            let output = "\(scratch)/wiredtiger.out"
            let outcome = try ChildProcess.run(command, output: output, environment: setting.environment)
            try ChildProcess.require(["rm", "-rf", folder])
            guard outcome.status == 0 else { throw .command(command, status: outcome.status) }
            let numbers = try Files.text(output).split { $0 == " " || $0 == "\n" }.compactMap { Double($0) }
            guard numbers.count == 2 else { throw .unreadable(path: output, reason: "is not two numbers") }
            return Sample(wall: numbers[0], processor: numbers[1])
        }
    }

    /// A server for each setting, all alive at once; redis-benchmark turns from one to the next.
    func redis() throws(BenchmarkError) -> Results {
        guard Files.inPath("redis-server"), Files.inPath("redis-benchmark") else {
            print("  not measured, redis-server is not installed (redis-server)")
            return Results()
        }
        let requests = 100_000
        let servers = EngineServers()
        defer { servers.stop() }
        return try compare("runtime-redis") { setting throws(BenchmarkError) in
            let server = try servers.server("redis-\(setting.name)", setting) { folder in
                [
                    "redis-server", "--port", "0", "--unixsocket", "\(folder)/socket", "--dir", folder, "--save", "",
                    "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0",
                    "--io-threads", "2", "--io-threads-do-reads", "yes",
                ]
            }
            return try servers.load(
                server, requests: requests,
                [
                    "redis-benchmark", "-s", server.socket, "-t", "set", "-n", String(requests), "-P", "4", "-c", "32",
                    "-q",
                ])
        }
    }

    /// As ``redis()``, with mariadb-slap, on a database of its own each.
    func mariaDB() throws(BenchmarkError) -> Results {
        for tool in ["mariadbd", "mariadb-slap", "mariadb-install-db"]
        where !Files.inPath(tool) && !Files.exists("/usr/sbin/\(tool)") {
            print("  not measured, \(tool) is not installed (mariadb-server)")
            return Results()
        }
        let requests = 4_000
        let servers = EngineServers()
        defer { servers.stop() }
        return try compare("runtime-mariadb") { setting throws(BenchmarkError) in
            let server = try servers.server("mariadb-\(setting.name)", setting) { folder in
                [
                    "/usr/sbin/mariadbd", "--no-defaults", "--user=root", "--datadir=\(folder)/data",
                    "--socket=\(folder)/socket", "--skip-networking", "--skip-grant-tables",
                    "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M",
                    "--pid-file=\(folder)/pid",
                ]
            } prepare: { folder throws(BenchmarkError) in
                try ChildProcess.require([
                    "mariadb-install-db", "--no-defaults", "--user=root", "--datadir=\(folder)/data",
                    "--auth-root-authentication-method=normal", "--skip-test-db",
                ])
            }
            return try servers.load(
                server, requests: requests,
                [
                    "mariadb-slap", "--no-defaults", "--socket=\(server.socket)", "--user=root", "--concurrency=4",
                    "--auto-generate-sql", "--auto-generate-sql-load-type=mixed", "--number-of-queries=\(requests)",
                ])
        }
    }

    private var scratch: String { bench.targets.scratch }

    /// Rounds of all settings; the first of each only warms the engine up.
    private func compare(
        _ scenario: String, _ measure: (RuntimeSetting) throws(BenchmarkError) -> Sample
    ) throws(BenchmarkError) -> Results {
        let settings = RuntimeSetting.compared(library)
        var samples: [String: [Sample]] = [:]
        for round in 0...(4 * bench.runs) {
            for turn in settings.indices {
                let setting = settings[(round + turn) % settings.count]
                let sample = try measure(setting)
                if round > 0 { samples[setting.name, default: []].append(sample) }
            }
        }
        var results = Results()
        let plain = samples["plain"] ?? []
        print(
            "  microseconds a request".padded(to: 24) + "  median CPU median wall   ratio CPU       noise  ratio wall")
        for setting in [0, 2, 1, 3].map({ settings[$0] }) {
            let all = samples[setting.name] ?? []
            let processor = zip(all, plain).map { $0.processor / $1.processor }
            let wall = zip(all, plain).map { $0.wall / $1.wall }
            results.figures["\(scenario)/\(setting.name)"] = median(processor)
            results.figures["\(scenario)/\(setting.name)/noise"] = Self.halfWidth(processor)
            let figures = [
                median(all.map(\.processor)) / 1000, median(all.map(\.wall)) / 1000, median(processor),
                Self.halfWidth(processor), median(wall),
            ]
            print(
                "  " + setting.name.padded(to: 22)
                    + zip(figures, [2, 2, 3, 3, 3]).map { $0.text(decimals: $1).padded(to: 12, left: true) }.joined())
        }
        return results
    }

    /// Of the 95 % interval around a median: 1.57 times the distance of the quartiles over the root of the count
    /// (McGill, Tukey and Larsen, Variations of Box Plots, 1978).
    private static func halfWidth(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard sorted.count >= 4 else { return 1 }
        let distance = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
        return 1.57 * distance / Double(sorted.count).squareRoot()
    }
}
