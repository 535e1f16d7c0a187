import Glibc

/// The memory of the registry in a process with a thousand threads, from its /proc/PID/smaps.
struct RuntimeMemory {
    let bench: Bench
    let library: RuntimeLibrary

    private static let threads = 1_000

    /// KiB.
    private struct Sizes {
        var registry = 0
        var registryResident = 0
        var processResident = 0
    }

    func run() throws(BenchmarkError) -> Results {
        let program = try bench.targets.runtimeOperations()
        var results = Results()
        let plain = try grown(program, .plain)
        print(
            "  " + "".padded(to: 12) + "virtual MB   resident KB, base   with threads   bytes a thread   whole process")
        for setting in [RuntimeSetting.preloaded(library), .locks(library)] {
            let own = try grown(program, setting)
            func perThread(_ few: Int, _ many: Int) -> Double { Double(many - few) * 1024 / Double(Self.threads) }
            let registry = perThread(own.few.registryResident, own.many.registryResident)
            // All that the process needs more for a thread than it does without the library: thread-local storage, too.
            let whole =
                perThread(own.few.processResident, own.many.processResident)
                - perThread(plain.few.processResident, plain.many.processResident)
            let megabytes = Double(own.many.registry) / 1024
            results.figures["runtime-memory/\(setting.name)/virtual"] = megabytes
            results.figures["runtime-memory/\(setting.name)/thread"] = registry
            results.figures["runtime-memory/\(setting.name)/process"] = whole
            print(
                "  " + setting.name.padded(to: 12) + megabytes.text(decimals: 2).padded(to: 10, left: true)
                    + String(own.few.registryResident).padded(to: 20, left: true)
                    + String(own.many.registryResident).padded(to: 15, left: true)
                    + registry.text(decimals: 0).padded(to: 17, left: true)
                    + whole.text(decimals: 0).padded(to: 16, left: true))
        }
        return results
    }

    /// The sizes with one thread beside the first, and with a thousand more.
    private func grown(_ program: String, _ setting: RuntimeSetting) throws(BenchmarkError) -> (few: Sizes, many: Sizes)
    {
        (try sizes(program, setting, threads: 1), try sizes(program, setting, threads: 1 + Self.threads))
    }

    private func sizes(_ program: String, _ setting: RuntimeSetting, threads: Int) throws(BenchmarkError) -> Sizes {
        let output = "\(bench.targets.scratch)/memory.out"
        let process = try ChildProcess(
            [program, "threads", String(threads)], output: output, environment: setting.environment)
        defer { process.kill() }
        var isReady = false
        for _ in 0..<1000 where !isReady {
            usleep(20_000)
            isReady = try Files.text(output).hasPrefix("ready")
        }
        guard isReady else { throw .notReady(program: program) }
        let registry = try setting.environment["LD_PRELOAD"].map { path throws(BenchmarkError) in
            try self.registry(of: process.identifier, library: path)
        }
        var sizes = Sizes()
        var isInside = false
        for line in try Files.text("/proc/\(process.identifier)/smaps").split(separator: "\n") {
            let fields = line.split(separator: " ")
            if let range = Self.range(fields[0]) {
                isInside = registry.map { range.overlaps($0) } ?? false
                continue
            }
            guard fields.count >= 2, let size = Int(fields[1]) else { continue }
            if fields[0] == "Rss:" { sizes.processResident += size }
            if fields[0] == "Rss:", isInside { sizes.registryResident += size }
            if fields[0] == "Size:", isInside { sizes.registry += size }
        }
        return sizes
    }

    /// `start-end` of a line of /proc/PID/maps or smaps.
    private static func range(_ text: Substring) -> Range<UInt64>? {
        let ends = text.split(separator: "-")
        guard ends.count == 2, let start = UInt64(ends[0], radix: 16), let end = UInt64(ends[1], radix: 16), start < end
        else { return nil }
        return start..<end
    }

    /// Where the registry is: the beacon, an exported object of the library, says it (registry_abi.h: address at 24,
    /// size at 32).
    private func registry(of process: pid_t, library: String) throws(BenchmarkError) -> Range<UInt64> {
        let symbols = try RuntimeLibrary.symbols(of: library, scratch: bench.targets.scratch)
        guard let beacon = symbols["deadwait_registry_beacon"] else {
            throw .unreadable(path: library, reason: "has no beacon")
        }
        let maps = try Files.text("/proc/\(process)/maps").split(separator: "\n")
        let base = maps.first { $0.hasSuffix(library) }.flatMap { $0.split(separator: " ").first.flatMap(Self.range) }
        guard let base else { throw .unreadable(path: library, reason: "is not loaded in \(process)") }
        let memory = "/proc/\(process)/mem"
        let descriptor = open(memory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(operation: "open", subject: memory, errno: errno) }
        defer { close(descriptor) }
        var words: [UInt64] = [0, 0]
        let position = base.lowerBound &+ beacon &+ 24
        guard pread(descriptor, &words, 16, off_t(truncatingIfNeeded: position)) == 16 else {
            throw .system(operation: "read", subject: memory, errno: errno)
        }
        let (end, overflow) = words[0].addingReportingOverflow(words[1])
        guard words[0] != 0, words[1] != 0, !overflow else {
            throw .unreadable(path: library, reason: "says no registry in \(process)")
        }
        return words[0]..<end
    }
}
