import Glibc

/// The programs that are looked at: built from Fixtures/programs when they are older than their sources.
struct Targets {
    let scratch: String
    private let sources: String
    private let loads: String

    init(scratch: String) throws(BenchmarkError) {
        let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let repository = here.dropLast(3).joined(separator: "/")
        sources = "\(repository)/Fixtures/programs"
        loads = "\(repository)/Fixtures/benchmarks"
        try Files.makeFolder(scratch)
        self.scratch = try Files.real(scratch)
    }

    /// Threads under 50 functions of the program itself.
    func cond() throws(BenchmarkError) -> String {
        let path = "\(scratch)/cond"
        try build(path, from: "cond.c", ["gcc", "-g", "-O2", "-pthread", "-o", path, "\(sources)/cond.c"])
        return path
    }

    /// The same threads under 50 functions of a library with some 300 MB of DWARF, made as big_unit.cpp says.
    func condBig() throws(BenchmarkError) -> String {
        let folder = "\(scratch)/big"
        let library = "\(folder)/libbig.so"
        let path = "\(folder)/cond_big"
        let source = "\(sources)/big_unit.cpp"
        if !Files.isNewer(library, than: source) {
            print("  building the large library: 50 units, half a minute")
            try Files.makeFolder(folder)
            let template = "\(folder)/unit_xy.o"
            try ChildProcess.require(
                ["g++", "-std=c++20", "-g", "-O1", "-fPIC", "-DRECORD_KINDS=5", "-c", source, "-o", template])
            let units = (0..<50).map { "\(folder)/unit_\($0 < 10 ? "0" : "")\($0).o" }
            for unit in units {
                let name = unit.split(separator: "/").last?.dropLast(2) ?? ""
                try ChildProcess.require(["sed", "s/unit_xy/\(name)/g", template], output: unit)
            }
            try ChildProcess.require(["g++", "-shared", "-o", library] + units)
            try ChildProcess.require(["rm", template] + units)
        }
        try build(
            path, from: "cond.c",
            [
                "gcc", "-g", "-O2", "-DWORK_ELSEWHERE", "-pthread", "-o", path, "\(sources)/cond.c", "-L\(folder)",
                "-lbig", "-Wl,-rpath,\(folder)", "-Wl,-E",
            ])
        return path
    }

    /// Single operations of the thread library.
    func runtimeOperations(sanitized: Bool = false) throws(BenchmarkError) -> String {
        let path = "\(scratch)/runtime_operations\(sanitized ? "_tsan" : "")"
        let source = "\(loads)/runtime_operations.c"
        if !Files.isNewer(path, than: source) {
            let options = sanitized ? ["-fsanitize=thread"] : []
            try ChildProcess.require(["gcc", "-g", "-O2", "-pthread"] + options + ["-o", path, source])
        }
        return path
    }

    /// Four writers and checkpoints on WiredTiger; nil where it is not installed.
    func wiredTigerLoad() throws(BenchmarkError) -> String? {
        let path = "\(scratch)/wiredtiger_load"
        let source = "\(loads)/wiredtiger_load.c"
        if Files.isNewer(path, than: source) { return path }
        guard Files.exists("/usr/include/wiredtiger.h") else { return nil }
        try ChildProcess.require(["gcc", "-g", "-O2", "-pthread", "-o", path, source, "-lwiredtiger"])
        return path
    }

    private func build(_ path: String, from source: String, _ command: [String]) throws(BenchmarkError) {
        if !Files.isNewer(path, than: "\(sources)/\(source)") { try ChildProcess.require(command) }
    }

    /// Starts `program` with so many threads and waits until all of them wait.
    func start(_ program: String, threads: Int) throws(BenchmarkError) -> RunningTarget {
        try RunningTarget(program, threads: threads, folder: scratch)
    }
}

/// A started target. Killed when it is released.
final class RunningTarget {
    let process: ChildProcess
    let threads: Int
    let tick: TickFile
    private let files: [String]

    init(_ program: String, threads: Int, folder: String) throws(BenchmarkError) {
        let output = "\(folder)/target.out"
        let ticks = "\(folder)/target.tick"
        files = [output, ticks]
        self.threads = threads
        process = try ChildProcess([program, String(threads), ticks], output: output)
        var isReady = false
        for _ in 0..<3000 where !isReady {
            usleep(20_000)
            isReady = try Files.text(output).hasPrefix("ready")
        }
        guard isReady else {
            process.kill()
            throw .notReady(program: program)
        }
        tick = try TickFile(ticks)
    }

    /// Writes a core of it with gcore.
    func core() throws(BenchmarkError) -> String {
        guard Files.inPath("gcore") else { throw .missing(tool: "gcore", package: "gdb") }
        let prefix = "\(files[0]).core"
        try ChildProcess.require(["gcore", "-o", prefix, String(process.identifier)])
        return "\(prefix).\(process.identifier)"
    }

    func stop() {
        process.kill()
        for file in files { unlink(file) }
    }
}
