import Foundation
import TestSupport
import Testing

@testable import SignalMap

/// Who reaches whom in call_shapes.c and call_shapes_cxx.cpp.
@Suite struct CallGraphTests {
    struct Build: CustomTestStringConvertible, Sendable {
        var compiler: String
        var flags: [String]
        var isTyped: Bool { flags.contains("-g") }
        var testDescription: String { ([compiler] + flags).joined(separator: " ") }
    }

    static func builds(_ compilers: [String]) -> [Build] {
        compilers.flatMap { compiler in
            [["-g", "-O0"], ["-g", "-O2"], ["-O0"], ["-O2"]].map { Build(compiler: compiler, flags: $0) }
        }
    }

    private func program(_ source: String, _ build: Build) throws -> GraphOfProgram {
        let built = try FixtureProgram(
            [source], compiler: build.compiler,
            flags: build.flags + ["-pthread", "-fvisibility=hidden", "-rdynamic"])
        return try GraphOfProgram(path: built.executable.path)
    }

    /// Callers with what they reach.
    static let shapes = [
        "method", "parameter", "hook", "member", "union", "copied", "array", "command", "bytes", "slot", "remembered",
        "variadic", "value", "small", "qsort", "dlsym", "tail", "returned", "container", "untyped", "tagged",
        "thread_local", "goto", "longjmp", "once",
    ]

    @Test(arguments: builds(["gcc", "clang"])) func trueCalleesAreAmongTheTargets(_ build: Build) throws {
        let program = try program("call_shapes.c", build)
        for shape in Self.shapes {
            #expect(try program.reaches("calls_\(shape)", "target_\(shape)"), "\(shape)")
        }
        #expect(try program.reaches("calls_array", "target_array_too"))
        #expect(try program.reaches("calls_returned", "target_returned_too"))
        #expect(try program.reaches("calls_recursion", "calls_recursion"))
        #expect(try program.reaches("target_routine", "target_job"))
    }

    @Test(arguments: builds(["gcc", "clang"]).filter(\.isTyped)) func othersAreNot(_ build: Build) throws {
        let program = try program("call_shapes.c", build)
        for shape in ["method", "parameter", "member", "copied", "command"] {
            #expect(try !program.reaches("calls_\(shape)", "other_\(shape)", upTo: .classes), "\(shape)")
        }
        // Not even by the weak edges.
        for shape in ["method", "member", "hook", "copied", "array", "slot", "tail", "untyped"] {
            for other in ["method", "member", "hook", "copied", "array", "slot", "tail", "untyped"] where other != shape
            {
                #expect(try !program.reaches("calls_\(shape)", "target_\(other)"), "\(shape) \(other)")
            }
        }
        #expect(try !program.reaches("calls_member", "other_member"))
        #expect(try !program.reaches("calls_copied", "other_copied"))
    }

    @Test(arguments: builds(["gcc", "clang"]).filter(\.isTyped)) func cellsThatAreUnderstoodAreClosed(
        _ build: Build
    ) throws {
        let program = try program("call_shapes.c", build)
        for shape in ["method", "member", "copied", "tail"] {
            #expect(try program.levels(of: "calls_\(shape)") == [.table], "\(shape)")
            #expect(try !program.isOpen("calls_\(shape)"), "\(shape)")
        }
    }

    @Test(arguments: builds(["gcc", "clang"])) func whatRunsLaterIsListed(_ build: Build) throws {
        let program = try program("call_shapes.c", build)
        let callbacks = Set(program.graph.callbacks.map { "\(program.name($0.function)) \($0.how)" })
        for (function, how) in [
            ("target_signal", "signal"), ("target_sigaction", "sigaction"), ("target_key", "pthread_key_create"),
        ] {
            #expect(callbacks.contains("\(function) \(how)"), "\(function)")
        }
        // A static library's routine in between hands atexit on.
        #expect(callbacks.contains { $0.hasPrefix("target_atexit ") })
        #expect(
            try program.routines(of: "registers_timer").contains("target_timer")
                || callbacks.contains { $0.hasPrefix("target_timer ") })
    }

    @Test(arguments: builds(["gcc", "clang"])) func startRoutinesAreKnown(_ build: Build) throws {
        let program = try program("call_shapes.c", build)
        let routines = try program.routines(of: "calls_create")
        #expect(routines.contains("target_routine"))
        if build.isTyped {
            #expect(routines == ["target_routine"])
            let function = try program.function("target_routine")
            #expect(program.graph.marks[function].contains(.startRoutine))
        }
        let twice = try program.function("calls_longjmp")
        #expect(program.graph.marks[twice].contains(.returnsTwice))
    }
}
