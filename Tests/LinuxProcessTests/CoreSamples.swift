import Foundation
import TestSupport
import Testing

/// Cores of the program `parked`, made once a test run by the tools whose cores are read in the field.
enum CoreSamples {
    struct Sample {
        var path: String
        var executable: String
        var process: Int32
        var threads: [Int32]
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
            threads: try threads(of: running.processIdentifier))
    }

    /// Where the machine pipes cores to a collector, the same crash is caught by gdb, which writes the core with the
    /// signal and the siginfo that the kernel reports.
    private static func makeKernel() throws -> Sample {
        let program = try FixtureProgram(["parked.c"])
        let place = try emptyDirectory("kernel")
        let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let path = place.appendingPathComponent("core").path
        let script: String
        if pattern.hasPrefix("|") || pattern.contains("/") {
            script = """
                gdb -q -batch -ex 'handle SIGUSR1 nostop noprint pass' -ex 'run 8 crash now' \
                -ex 'gcore \(path)' '\(program.executable.path)' > gdb.out 2>&1
                """
        } else {
            script = "ulimit -c unlimited; '\(program.executable.path)' 8 crash now > program.out"
        }
        let output = try run(["bash", "-c", script], directory: place).output
        let written = try FileManager.default.contentsOfDirectory(atPath: place.path).first { $0.hasPrefix("core") }
        let core = place.appendingPathComponent(try #require(written, "no core was written: \(output)")).path
        return Sample(path: core, executable: program.executable.path, process: 0, threads: [])
    }
}
