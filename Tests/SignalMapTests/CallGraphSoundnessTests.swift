import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// The call graph against calls that were seen to be made.
@Suite struct CallGraphSoundnessTests {
    struct Program: CustomTestStringConvertible, Sendable {
        var source: String
        var compiler: String
        var flags: [String]
        var testDescription: String { ([compiler] + flags + [source]).joined(separator: " ") }
    }

    static let programs: [Program] = [
        ("call_shapes.c", ["gcc", "clang"]), ("call_shapes_cxx.cpp", ["g++", "clang++"]),
    ].flatMap { source, compilers in
        compilers.flatMap { compiler in
            [["-g", "-O0"], ["-g", "-O2"], ["-O2"]].map { Program(source: source, compiler: compiler, flags: $0) }
        }
    }

    @Test(arguments: programs) func everyExecutedCallIsAnEdge(_ program: Program) throws {
        let built = try FixtureProgram(
            [program.source], compiler: program.compiler,
            flags: program.flags + ["-pthread", "-fvisibility=hidden", "-rdynamic"])
        let graph = try GraphOfProgram(path: built.executable.path)
        let seen = try executedCalls(built.executable)
        var explained = 0
        for pair in seen {
            let (caller, callee) = (pair[0], pair[1])
            guard graph.has(caller), graph.has(callee), caller != "_start" else { continue }
            if try graph.reaches(caller, callee) {
                explained += 1
            } else {
                Issue.record("\(caller) calls \(callee)")
            }
        }
        #expect(explained > 25)
    }

    /// Pairs of functions of the program, as callgrind names them. Its format: valgrind's manual, "Callgrind Format
    /// Specification".
    private func executedCalls(_ executable: URL) throws -> Set<[String]> {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("callgrind-\(UUID().uuidString)")
        defer { unlink(output.path) }
        let ran = try run([
            "valgrind", "--tool=callgrind", "--demangle=no", "--compress-strings=no", "--compress-pos=no",
            "--callgrind-out-file=\(output.path)", executable.path,
        ])
        #expect(ran.status == 0, "\(ran.output)")
        var seen: Set<[String]> = []
        var object = Substring()
        var function = Substring()
        var calledObject: Substring?
        var called = Substring()
        let path = executable.resolvingSymlinksInPath().path
        for line in try String(contentsOf: output, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("ob=") {
                object = line.dropFirst(3)
            } else if line.hasPrefix("fn=") {
                function = line.dropFirst(3)
                calledObject = nil
            } else if line.hasPrefix("cob=") {
                calledObject = line.dropFirst(4)
            } else if line.hasPrefix("cfn=") {
                called = line.dropFirst(4)
            } else if line.hasPrefix("calls=") {
                if object == path, calledObject ?? object == path { seen.insert([plain(function), plain(called)]) }
                calledObject = nil
            }
        }
        return seen
    }

    /// Without the mark of recursion.
    private func plain(_ name: Substring) -> String {
        String(name.prefix { $0 != "'" })
    }
}
