import Foundation
import ProcessModel
import TestSupport
import Testing

/// Cores of the program `parked`, made once a test run by the tools whose cores are read in the field.
enum CoreSamples {
    struct Sample {
        var path: String
        var executable: String
        var process: Int32
        var threads: [Int32]
        /// As /proc showed them of the live process; empty for a kernel core.
        var mappings: [Mapping]
    }

    static let directory = FixtureProgram.products.appendingPathComponent("cores")

    /// A core that gdb's gcore takes of the live process; 8 parked threads and the main one.
    static let gcore = Result { try makeGcore() }
    /// A core that the kernel writes when the program writes through a null pointer.
    static let kernel = Result { try makeKernel() }

    static func threads(of process: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").compactMap { Int32($0) }.sorted()
    }

    static func emptyDirectory(_ name: String) throws -> URL {
        let place = directory.appendingPathComponent("\(name).\(getpid())")
        if FileManager.default.fileExists(atPath: place.path) { try FileManager.default.removeItem(at: place) }
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return place
    }

    private static func makeGcore() throws -> Sample {
        let program = try FixtureProgram(["parked.c"])
        let running = try program.start(["8"])
        let place = try emptyDirectory("gcore").appendingPathComponent("core")
        let (status, output) = try run(["gcore", "-o", place.path, String(running.processIdentifier)])
        let path = "\(place.path).\(running.processIdentifier)"
        try #require(status == 0 && FileManager.default.fileExists(atPath: path), "\(output)")
        return Sample(
            path: path, executable: program.executable.path, process: running.processIdentifier,
            threads: try threads(of: running.processIdentifier),
            mappings: try ProcfsTarget(running.processIdentifier).mappings())
    }

    /// Where the machine pipes cores to a collector, the same crash is caught by gdb, which writes the core with the
    /// signal and the siginfo that the kernel reports.
    private static func makeKernel() throws -> Sample {
        let program = try FixtureProgram(["parked.c"])
        let core = try kernelCore(name: "kernel", program, ["8", "crash", "now"])
        return Sample(path: core, executable: program.executable.path, process: 0, threads: [], mappings: [])
    }

    /// A core of a program that ends by a signal, with the mask that tells which mappings are dumped (core(5)) and, when
    /// `signal` is given, after it was ready and `kill` sent that signal; not QUIT, which a shell makes its background
    /// commands ignore.
    ///
    /// Where the machine pipes cores to a collector, gdb catches the signal and writes the core, with the signal and the
    /// siginfo that the kernel reports.
    static func kernelCore(
        name: String, _ program: FixtureProgram, _ arguments: [String], filter: String? = nil, signal: String? = nil
    ) throws -> String {
        let place = try emptyDirectory(name)
        let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let command = (["'\(program.executable.path)'"] + arguments).joined(separator: " ")
        var script = filter.map { "echo \($0) > /proc/self/coredump_filter; " } ?? ""
        let ready = "while ! grep -q ready out; do sleep 0.05; done"
        if pattern.hasPrefix("|") || pattern.contains("/") {
            let core = place.appendingPathComponent("core").path
            let gdb = "gdb -q -batch -ex 'handle SIGUSR1 nostop noprint pass'"
            if let signal {
                script += "\(command) > out & pid=$!; \(ready); (sleep 1; kill -\(signal) $pid) & "
                script += "\(gdb) -p $pid -ex continue -ex 'gcore \(core)' -ex kill > gdb.out 2>&1"
            } else {
                script += "\(gdb) -ex run -ex 'gcore \(core)' -ex kill --args \(command) > gdb.out 2>&1"
            }
        } else {
            script += "ulimit -c unlimited; \(command) > out"
            if let signal { script += " & pid=$!; \(ready); kill -\(signal) $pid; wait $pid" }
        }
        let output = try run(["bash", "-c", script], directory: place).output
        let written = try FileManager.default.contentsOfDirectory(atPath: place.path).first { $0.hasPrefix("core") }
        return place.appendingPathComponent(try #require(written, "no core was written: \(output)")).path
    }
}
