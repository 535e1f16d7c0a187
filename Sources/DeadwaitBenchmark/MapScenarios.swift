import Glibc

/// How long it takes to make the signal map of an engine's binary, beside objdump, which only prints its instructions.
extension Scenario {
    private struct Engine {
        var name: String
        var package: String
        /// Where Debian's packages put it.
        var paths: [String]
    }

    private static let engines = [
        Engine(
            name: "wiredtiger", package: "libwiredtiger-dev", paths: ["/usr/lib/x86_64-linux-gnu/libwiredtiger.so"]),
        Engine(name: "leveldb", package: "libleveldb-dev", paths: ["/usr/lib/x86_64-linux-gnu/libleveldb.so"]),
        Engine(name: "redis", package: "redis-server", paths: ["/usr/bin/redis-server"]),
        Engine(name: "postgres", package: "postgresql-15", paths: ["/usr/lib/postgresql/15/bin/postgres"]),
        Engine(name: "rocksdb", package: "librocksdb-dev", paths: ["/usr/lib/x86_64-linux-gnu/librocksdb.so"]),
        Engine(name: "mariadb", package: "mariadb-server", paths: ["/usr/sbin/mariadbd"]),
    ]

    static let map: [Scenario] = [
        Scenario(name: "map", summary: "signal maps of engines, made anew and read back", run: map)
    ]

    private static func map(_ bench: Bench) throws -> Results {
        var results = Results()
        var table: [(name: String, instructions: Double, wall: Double)] = []
        for engine in engines {
            guard let path = engine.paths.first(where: Files.exists) else {
                print("  \(engine.name): not measured, its binary is not here (\(engine.package))")
                continue
            }
            let scenario = "map-\(engine.name)"
            print("  \(path)")
            results.merge(
                try bench.compare(
                    scenario,
                    [
                        Contender("deadwait map", [bench.product.path, "map", path, "--no-cache"]),
                        Contender("objdump -d", ["objdump", "-d", path], package: "binutils"),
                    ], on: nil))
            let cached = try readingBack(path, bench)
            results.figures["\(scenario)/cached"] = cached * 1000
            print("  reading the kept map: \((cached * 1000).text(decimals: 1)) ms more than the start of the command")
            if let wall = results.measured["\(scenario)/deadwait map"]?.wall {
                table.append((engine.name, try instructions(path, bench), wall))
            }
        }
        print("  " + "binary".padded(to: 14) + "instructions".padded(to: 14, left: true) + "   us per thousand")
        for row in table.sorted(by: { $0.instructions < $1.instructions }) {
            print(
                "  " + row.name.padded(to: 14) + row.instructions.text(decimals: 0).padded(to: 14, left: true)
                    + (row.wall * 1e9 / max(row.instructions, 1)).text(decimals: 0).padded(to: 18, left: true))
        }
        return results
    }

    /// Seconds that a question to a kept map takes beyond the start of the command: who signals the first of what it says
    /// is waited on.
    private static func readingBack(_ path: String, _ bench: Bench) throws(BenchmarkError) -> Double {
        let cache = "\(bench.targets.scratch)/maps"
        try ChildProcess.require(["rm", "-rf", cache])
        let object = try firstObject(path, bench)
        let command = [bench.product.path, "map", path, "--who-signals", object]
        var walls: [Double] = []
        var starts: [Double] = []
        for _ in 0..<max(5, bench.runs) {
            walls.append(try ChildProcess.run(command, environment: ["XDG_CACHE_HOME": cache]).wall)
            starts.append(try ChildProcess.run([bench.product.path, "map", "--help"]).wall)
        }
        return median(walls) - median(starts)
    }

    /// As the map itself counts them.
    private static func instructions(_ path: String, _ bench: Bench) throws(BenchmarkError) -> Double {
        let words = try summary(path, bench).split { !$0.isLetter && !$0.isNumber }
        guard let place = words.firstIndex(of: "instructions"), place + 1 < words.count,
            let count = Double(words[place + 1])
        else { throw .unreadable(path: path, reason: "its map does not say how many instructions were read") }
        return count
    }

    private static func firstObject(_ path: String, _ bench: Bench) throws(BenchmarkError) -> String {
        let strings = try summary(path, bench).split(separator: "\"", omittingEmptySubsequences: false)
        // "object": "NAME"
        guard let place = strings.firstIndex(of: "object"), place + 2 < strings.count else {
            throw .unreadable(path: path, reason: "its map has nothing that is waited on")
        }
        return String(strings[place + 2])
    }

    /// Of a kept map, in JSON.
    private static func summary(_ path: String, _ bench: Bench) throws(BenchmarkError) -> String {
        let output = "\(bench.targets.scratch)/map.json"
        let command = [bench.product.path, "map", path, "--format", "json"]
        _ = try ChildProcess.run(
            command, output: output, environment: ["XDG_CACHE_HOME": "\(bench.targets.scratch)/maps"])
        return try Files.text(output)
    }
}

/// The limits of what a signal map may cost.
extension Bar {
    static let map: [Bar] = [
        seconds("wiredtiger", "map of Debian's libwiredtiger", 1),
        seconds("rocksdb", "map of Debian's librocksdb", 10),
        seconds("mariadb", "map of Debian's mariadbd", 60),
        Bar(claim: "maps: memory of the largest process", limit: 2048, unit: "MB") { results in
            ["wiredtiger", "rocksdb", "mariadb"].compactMap { results.measured["map-\($0)/deadwait map"]?.peak }.max()
        },
        Bar(claim: "maps: reading a kept one, the slowest", limit: 20, unit: "ms") { results in
            ["wiredtiger", "rocksdb", "mariadb"].compactMap { results.figures["map-\($0)/cached"] }.max()
        },
    ]

    private static func seconds(_ engine: String, _ claim: String, _ limit: Double) -> Bar {
        Bar(claim: claim, limit: limit, unit: "s") { $0.measured["map-\(engine)/deadwait map"]?.wall }
    }
}
