import Foundation
import TestSupport
import Testing

/// `deadwait map` as a user runs it, on a small program that gcc made.
@Suite struct MapCommandTests {
    private struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// A folder with a library made of `source`; removed at the end.
    private final class Workshop {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("map-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: folder) }

        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

        func build(_ source: String, _ name: String, _ flags: [String] = ["-g"]) throws -> String {
            try source.write(toFile: path("pool.c"), atomically: true, encoding: .utf8)
            let compiler = Process()
            compiler.executableURL = URL(fileURLWithPath: "/usr/bin/gcc")
            compiler.arguments =
                flags + ["-O1", "-shared", "-fPIC", "-Wl,--build-id", "-o", path(name), path("pool.c")]
            try compiler.run()
            compiler.waitUntilExit()
            #expect(compiler.terminationStatus == 0)
            return path(name)
        }

        func deadwait(_ arguments: String...) throws -> Result {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try DeadwaitTool.executable)
            process.arguments = ["map"] + arguments
            process.environment = ProcessInfo.processInfo.environment.merging(
                ["XDG_CACHE_HOME": path("cache"), "DEBUGINFOD_URLS": ""]
            ) { $1 }
            let (output, errors) = (Pipe(), Pipe())
            process.standardOutput = output
            process.standardError = errors
            try process.run()
            let text = output.fileHandleForReading.readDataToEndOfFile()
            let problems = errors.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return Result(
                status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
                errors: String(decoding: problems, as: UTF8.self))
        }
    }

    /// One file gives one map, byte by byte, however its threads took turns and whatever its sets were ordered by.
    @Test func theSameFileGivesTheSameMap() throws {
        let shop = try Workshop()
        let library = try #require(
            ["/lib/x86_64-linux-gnu/libgcc_s.so.1", "/usr/lib/x86_64-linux-gnu/libgcc_s.so.1"]
                .first { FileManager.default.fileExists(atPath: $0) })
        let maps = try (0..<6).map { index in
            let result = try shop.deadwait(library, "--no-cache", "-o", shop.path("\(index).dwmap"))
            #expect(result.status == 0, "\(result.errors)")
            return try Data(contentsOf: URL(fileURLWithPath: shop.path("\(index).dwmap")))
        }
        #expect(maps.allSatisfy { $0.count > 1_000 && $0 == maps[0] })
    }

    private static let pool = """
        #include <pthread.h>
        struct pool { pthread_mutex_t lock; pthread_cond_t idle; pthread_cond_t done; int jobs; int ended; };
        static void wake(pthread_cond_t *cond) { pthread_cond_broadcast(cond); }
        void *pool_worker(void *argument) {
            struct pool *pool = argument;
            pthread_mutex_lock(&pool->lock);
            while (!pool->jobs) pthread_cond_wait(&pool->idle, &pool->lock);
            pool->jobs--;
            pthread_mutex_unlock(&pool->lock);
            return 0;
        }
        int pool_start(struct pool *pool) {
            pthread_t thread;
            return pthread_create(&thread, 0, pool_worker, pool);
        }
        void pool_push(struct pool *pool) {
            pthread_mutex_lock(&pool->lock);
            pool->jobs++;
            wake(&pool->idle);
            pthread_mutex_unlock(&pool->lock);
        }
        void pool_submit(struct pool *pool) { pool_push(pool); }
        void pool_drain(struct pool *pool) {
            pthread_mutex_lock(&pool->lock);
            while (!pool->ended) pthread_cond_wait(&pool->done, &pool->lock);
            pthread_mutex_unlock(&pool->lock);
        }
        """

    @Test func theSummaryNamesWhatIsWaitedOnAndWhatNobodySignals() throws {
        let shop = try Workshop()
        let result = try shop.deadwait(try shop.build(Self.pool, "libpool.so"))
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.first?.hasPrefix("libpool.so (build ") == true)
        #expect(lines.contains("pool.idle condition 1 1"), "\(result.output)")
        #expect(lines.contains("pool.done condition 1 0"), "\(result.output)")
        #expect(result.output.contains("Nobody signals\n  pool.done (condition), waited on in pool_drain (pool.c:25)"))
    }

    @Test func whoSignalsIsAnsweredWithFunctionLineAndWrapper() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so")
        let result = try shop.deadwait(library, "--who-signals", "pool.idle")
        #expect(result.status == 0)
        #expect(result.output.contains("Who signals pool.idle\n  pool_push (pool.c:"), "\(result.output)")
        #expect(result.output.contains("pthread_cond_broadcast"))
        let waits = try shop.deadwait(library, "--who-waits", "pool.done")
        #expect(waits.output.contains("  pool_drain (pool.c:25): pthread_cond_wait"), "\(waits.output)")
    }

    @Test func neverSignalledIsAFinding() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so")
        let result = try shop.deadwait(library, "--never-signalled")
        #expect(result.status == 1)
        #expect(result.output.contains("pool.done (condition), waited on in pool_drain"))
        #expect(!result.output.contains("pool.idle"))
        let fine = Self.pool.replacingOccurrences(of: "pool->jobs++;", with: "pool->jobs++; wake(&pool->done);")
        #expect(try shop.deadwait(try shop.build(fine, "libfine.so"), "--never-signalled").status == 0)
    }

    @Test func lookedUpFunctionsAndHandedObjectsAreTold() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so")
        #expect(try !shop.deadwait(library, "--never-signalled").output.contains("dlsym"))
        let looking = Self.pool + "\nvoid *dlsym(void *, const char *);\nvoid *find(char *n) { return dlsym(0, n); }\n"
        let result = try shop.deadwait(try shop.build(looking, "liblooking.so"), "--never-signalled", "--width", "200")
        #expect(result.output.contains("Functions that dlsym(3) finds"), "\(result.output)")
        let handing =
            Self.pool + "\nvoid elsewhere(pthread_cond_t *);\nvoid hand(struct pool *p) { elsewhere(&p->done); }\n"
        let handed = try shop.build(handing, "libhanding.so")
        #expect(try shop.deadwait(handed, "--never-signalled").status == 0)
        let answer = try shop.deadwait(handed, "--who-signals", "pool.done", "--width", "200")
        #expect(answer.output.contains("handed to elsewhere, which no map knows"), "\(answer.output)")
    }

    @Test func whyShowsTheWay() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so", ["-g", "-fno-inline", "-fno-optimize-sibling-calls"])
        let result = try shop.deadwait(library, "--why", "pool_submit", "pool.idle")
        #expect(result.status == 0)
        #expect(result.output.contains("pool_submit may signal pool.idle:"), "\(result.output)")
        #expect(result.output.contains("  pool_submit (pool.c:22) calls, direct:"), "\(result.output)")
        #expect(result.output.contains("pool_push (pool.c:19)"), "\(result.output)")
        let none = try shop.deadwait(library, "--why", "pool_drain", "pool.idle")
        #expect(none.output.contains("pool_drain has no way to a signal of pool.idle."))
    }

    @Test func threadSaysWhatAStartRoutineMayDo() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so")
        let worker = try shop.deadwait(library, "--thread", "pool_worker")
        #expect(
            worker.output.contains("It may wait on\n    pool.idle (condition): in pool_worker (pool.c:7)"),
            "\(worker.output)")
        #expect(worker.output.contains("It may signal nothing."))
        let start = try shop.deadwait(library, "--thread", "pool_start")
        #expect(
            start.output.contains("It may create threads that run\n    pool_worker: in pool_start"), "\(start.output)")
    }

    @Test func aMapTakesThePlaceOfItsBinary() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so")
        let map = shop.path("pool.dwmap")
        #expect(try shop.deadwait(library, "--no-cache", "-o", map).status == 0)
        let direct = try shop.deadwait(library, "--who-signals", "pool.idle")
        try FileManager.default.removeItem(atPath: library)
        #expect(try shop.deadwait(map, "--who-signals", "pool.idle").output == direct.output)
        // A folder stands for the maps in it.
        let folder = shop.path("maps")
        #expect(try shop.deadwait(map, map, "-o", folder).status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
        #expect(try shop.deadwait(folder, "--who-signals", "pool.idle").output.contains("pool_push"))
    }

    @Test func aNewBuildIsComparedWithAnOldOne() throws {
        let shop = try Workshop()
        let map = shop.path("old.dwmap")
        #expect(try shop.deadwait(try shop.build(Self.pool, "libpool.so"), "-o", map).status == 0)
        let silent = Self.pool.replacingOccurrences(of: "wake(&pool->idle);", with: "")
        let result = try shop.deadwait(try shop.build(silent, "libsilent.so"), "--diff", map)
        #expect(result.status == 1)
        #expect(result.output.contains("NOBODY SIGNALS pool.idle (condition)"), "\(result.output)")
        let same = try shop.deadwait(shop.path("libpool.so"), "--diff", map)
        #expect(same.status == 0)
        #expect(same.output.contains("The same is waited on"))
    }

    @Test func aSecondRunTakesTheMapFromTheCache() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so")
        let first = try shop.deadwait(library, "--timing")
        #expect(first.output.contains("interpret"))
        let second = try shop.deadwait(library, "--timing")
        #expect(second.output.contains("open the cached map"), "\(second.output)")
        #expect(!second.output.contains("interpret"))
        let maps = shop.path("cache/deadwait/maps")
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: maps).first)
        try Data("damaged".utf8).write(to: URL(fileURLWithPath: "\(maps)/\(name)"))
        let third = try shop.deadwait(library)
        #expect(third.output.contains("A cached map was made anew"), "\(third.output)")
        #expect(try shop.deadwait(library, "--timing").output.contains("open the cached map"))
    }

    @Test func jsonHasTheSameAnswers() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so")
        let result = try shop.deadwait(library, "--format", "json")
        let report = try #require(
            JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["schema"] as? String == "deadwait.map/1")
        let conditions = try #require(report["conditions"] as? [[String: Any]])
        #expect(conditions.compactMap { $0["object"] as? String } == ["pool.done", "pool.idle"])
        #expect(conditions.compactMap { $0["neverSignalled"] as? Bool } == [true, false])
    }

    @Test func whatAStrippedBinaryCostsIsSaid() throws {
        let shop = try Workshop()
        let result = try shop.deadwait(try shop.build(Self.pool, "libpool.so", ["-s"]))
        #expect(result.status == 0)
        #expect(result.output.contains("Without symbols and types"), "\(result.output)")
    }

    @Test func errorsSayWhatToTry() throws {
        let shop = try Workshop()
        let missing = try shop.deadwait(shop.path("nothing.so"))
        #expect(missing.status == 3)
        #expect(missing.errors.contains("nothing.so"))
        try Data("text".utf8).write(to: URL(fileURLWithPath: shop.path("text")))
        #expect(try shop.deadwait(shop.path("text")).errors.contains("not an ELF file"))
        let library = try shop.build(Self.pool, "libpool.so")
        let unknown = try shop.deadwait(library, "--who-signals", "pool.nothing")
        #expect(unknown.status == 3)
        #expect(unknown.errors.contains("anything called pool.nothing"))
        #expect(try shop.deadwait(library, "--why", "nobody", "pool.idle").errors.contains("line called nobody"))
        #expect(try shop.deadwait(library, "--never-signalled", "--thread", "x").status == 64)
    }

    @Test func linesStayWithinTheWidth() throws {
        let shop = try Workshop()
        let library = try shop.build(Self.pool, "libpool.so")
        let result = try shop.deadwait(library, "--width", "50")
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 50 }, "\(result.output)")
    }
}
