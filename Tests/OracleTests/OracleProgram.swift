import TestSupport
import Testing

/// A program whose stacks we and the peers look at: a source of Fixtures/programs and a way to build it.
struct OracleProgram: Sendable, CustomTestStringConvertible {
    /// Unique; what the list of known differences calls it.
    var name: String
    var sources: [String]
    var compiler: String
    var flags: [String]
    var arguments: [String] = []

    var testDescription: String { name }

    func start() throws -> RunningProgram {
        try build().start(arguments, timeout: 60)
    }

    func build() throws -> FixtureProgram {
        try FixtureProgram(sources, compiler: compiler, flags: flags)
    }

    private static func c(_ name: String, _ source: String, _ flags: [String], _ arguments: [String] = []) -> Self {
        OracleProgram(
            name: name, sources: [source], compiler: "gcc", flags: ["-pthread"] + flags, arguments: arguments)
    }

    static let all: [OracleProgram] = [
        c("cond -O2", "cond.c", ["-g", "-O2"]),
        c("cond -O0", "cond.c", ["-g", "-O0"]),
        c("cond frame pointers", "cond.c", ["-g", "-O2", "-fno-omit-frame-pointer"]),
        c("cond static", "cond.c", ["-g", "-O2", "-static"]),
        c("cond stripped", "cond.c", ["-O2", "-s"]),
        c("frames -O2", "frames.c", ["-g", "-O2"]),
        c("frames -O0", "frames.c", ["-g", "-O0"]),
        c("frames non-PIE", "frames.c", ["-g", "-O2", "-no-pie"]),
        c("frames static", "frames.c", ["-g", "-O2", "-static"]),
        c("frames static PIE", "frames.c", ["-g", "-O2", "-static-pie"]),
        c("frames stripped", "frames.c", ["-O2", "-s"]),
        c("frames DWARF 4", "frames.c", ["-gdwarf-4", "-O2"]),
        c("cycles", "cycles.c", ["-g", "-O2"], ["chain"]),
        OracleProgram(
            name: "frames clang", sources: ["frames.c"], compiler: "clang", flags: ["-g", "-O2", "-pthread"]),
        OracleProgram(
            name: "C++ -O2", sources: ["frames_cpp.cpp"], compiler: "g++",
            flags: ["-std=c++20", "-g", "-O2", "-pthread"]),
        OracleProgram(
            name: "C++ -O0", sources: ["frames_cpp.cpp"], compiler: "g++",
            flags: ["-std=c++20", "-g", "-O0", "-pthread"]),
        OracleProgram(name: "Rust -O", sources: ["frames_rust.rs"], compiler: "rustc", flags: ["-g", "-O"]),
        OracleProgram(name: "Rust debug", sources: ["frames_rust.rs"], compiler: "rustc", flags: ["-g"]),
        OracleProgram(name: "Swift -O", sources: ["frames_swift.swift"], compiler: "swiftc", flags: ["-g", "-O"]),
        OracleProgram(
            name: "Swift -Onone", sources: ["frames_swift.swift"], compiler: "swiftc", flags: ["-g", "-Onone"]),
    ]
}
