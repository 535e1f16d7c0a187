import Glibc

/// One target and the tools that are compared on it.
struct Scenario: Sendable {
    var name: String
    var summary: String
    var run: @Sendable (Bench) throws -> Results

    static let all: [Scenario] =
        [10, 100, 1_000, 5_000, 10_000].map { threads in
            Scenario(
                name: "threads-\(threads)",
                summary: "\(threads) threads in pthread_cond_wait, 26 frames, 68 with inlines"
            ) {
                try live($0, threads: threads)
            }
        }
        + [
            Scenario(name: "big-100", summary: "100 threads under a library with 300 MB of DWARF", run: big),
            Scenario(name: "core-1000", summary: "a core of 1,000 threads") { try core($0, threads: 1_000) },
            Scenario(name: "core-5000", summary: "a core of 5,000 threads") { try core($0, threads: 5_000) },
            Scenario(name: "start", summary: "start and end of the command line tool", run: start),
        ] + runtime + map

    private static func live(_ bench: Bench, threads: Int) throws -> Results {
        let target = try bench.targets.start(try bench.targets.cond(), threads: threads)
        defer { target.stop() }
        let process = target.process.identifier
        let isSlow = threads > 1_000
        let name = "threads-\(threads)"
        var results = try bench.compare(
            name,
            [
                Contender("deadwait", bench.product.stacks(process)),
                Contender(
                    "eu-stack -i -s -v", euStack(["-i", "-s", "-v"], process), package: "elfutils", isSlow: isSlow),
                Contender("deadwait --stop-all", bench.product.stacks(process, ["--stop-all"])),
                Contender("gdb", gdb(["-p", String(process)]), package: "gdb", isSlow: isSlow),
                Contender("deadwait --names-only", bench.product.stacks(process, ["--names-only"])),
                Contender("eu-stack", euStack([], process), package: "elfutils", isSlow: isSlow),
                Contender("sleep 1", ["sleep", "1"]),
            ], on: target)
        let stops = try Stops(bench, process, [])
        results.figures["\(name)/longest stop"] = stops.longestMilliseconds
        let all = try Stops(bench, process, ["--stop-all"])
        results.figures["\(name)/window"] = all.totalMicroseconds / Double(threads)
        print(
            "  default mode: \(stops.threads) threads stopped, the longest for \(stops.longestMilliseconds.text(decimals: 3)) ms;",
            "--stop-all: a window of \((all.totalMicroseconds / Double(threads)).text(decimals: 1)) us a thread")
        results.figures["\(name)/memory"] = try MemoryMeter.peak(bench.product.stacks(process))
        print(
            "  deadwait, all its processes together: \((results.figures["\(name)/memory"] ?? 0).text(decimals: 0)) MB at most"
        )
        return results
    }

    private static func big(_ bench: Bench) throws -> Results {
        let target = try bench.targets.start(try bench.targets.condBig(), threads: 100)
        defer { target.stop() }
        let process = target.process.identifier
        var results = try bench.compare(
            "big-100",
            [
                Contender("deadwait", bench.product.stacks(process)),
                Contender("lldb", lldb(process), package: "lldb-14", isSlow: true),
                Contender("deadwait --names-only", bench.product.stacks(process, ["--names-only"])),
                Contender("gdb", gdb(["-p", String(process)]), package: "gdb", isSlow: true),
                Contender(
                    "eu-stack -i -s -v", euStack(["-i", "-s", "-v"], process), package: "elfutils", isSlow: true),
            ], on: target)
        results.figures["big-100/memory"] = try MemoryMeter.peak(bench.product.stacks(process))
        print(
            "  deadwait, all its processes together: \((results.figures["big-100/memory"] ?? 0).text(decimals: 0)) MB at most"
        )
        // The first run fills an empty cache, the others find the answers there.
        let cache = "\(bench.targets.scratch)/cache"
        try ChildProcess.require(["rm", "-rf", cache])
        let command = [bench.product.path, "stacks", String(process)]
        var walls: [Double] = []
        for _ in 0...max(3, bench.runs) {
            walls.append(try ChildProcess.run(command, environment: ["XDG_CACHE_HOME": cache]).wall)
        }
        let first = walls.removeFirst()
        results.figures["big-100/cached"] = median(walls) * 1000
        print(
            "  filling the cache \((first * 1000).text(decimals: 0)) ms, with it \((median(walls) * 1000).text(decimals: 0)) ms"
        )
        return results
    }

    private static func core(_ bench: Bench, threads: Int) throws -> Results {
        let program = try bench.targets.cond()
        let target = try bench.targets.start(program, threads: threads)
        let file: String
        do {
            defer { target.stop() }
            file = try target.core()
        }
        defer { unlink(file) }
        print("  \(Files.size(file) >> 20) MB")
        let isSlow = threads > 1_000
        let name = "core-\(threads)"
        let results = try bench.compare(
            name,
            [
                Contender("deadwait", bench.product.stacks(core: file, executable: program)),
                Contender("gdb", gdb([program, file]), package: "gdb", isSlow: isSlow),
                Contender(
                    "eu-stack", ["eu-stack", "--core=\(file)", "-e", program], package: "elfutils", isSlow: isSlow),
            ], on: nil)
        return results
    }

    private static func start(_ bench: Bench) throws -> Results {
        var walls: [Double] = []
        for _ in 0..<50 { walls.append(try ChildProcess.run([bench.product.path, "--help"]).wall) }
        var results = Results()
        let least = (walls.min() ?? 0) * 1000
        results.figures["start/milliseconds"] = least
        print(
            "  of 50, the least \(least.text(decimals: 1)) ms, the median \((median(walls) * 1000).text(decimals: 1)) ms"
        )
        return results
    }

    private static func gdb(_ target: [String]) -> [String] {
        ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off"] + target + ["-ex", "thread apply all bt"]
    }

    private static func euStack(_ options: [String], _ process: pid_t) -> [String] {
        ["eu-stack"] + options + ["-p", String(process)]
    }

    private static func lldb(_ process: pid_t) -> [String] {
        ["lldb-14", "-b", "-p", String(process), "-o", "thread backtrace all", "-o", "detach"]
    }
}
