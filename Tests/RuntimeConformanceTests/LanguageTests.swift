import Conformance
import Foundation
import TestSupport
import Testing

/// Programs in other languages than C, other allocators, sanitizers and static programs: all as without the runtime.
@Suite(.serialized) struct LanguageTests {
    enum Program: String, CaseIterable {
        case cxx, rust, swift

        func build(_ more: [String] = [], compiler: String? = nil) throws -> FixtureProgram {
            switch self {
            case .cxx:
                try FixtureProgram(
                    ["conformance_cxx.cpp"], compiler: compiler ?? "g++",
                    flags: ["-std=c++20", "-O2", "-pthread"] + more)
            case .rust: try FixtureProgram(["conformance_rust.rs"], compiler: "rustc", flags: ["-O"] + more)
            case .swift:
                try FixtureProgram(
                    ["conformance_swift.swift"], compiler: "swiftc", flags: ["-O", "-parse-as-library"] + more)
            }
        }
    }

    /// Runs without the library and then with it in each of `environments`; `base` is the environment of both.
    static func compare(
        _ command: [String], base: [String: String] = [:], environments: [[String: String]],
        _ what: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let plain = try ProgramRun(command, environment: base, timeout: 60).outcome()
        #expect(plain.end == .exited(0), "\(what())\n\(plain.output)\(plain.errors)", sourceLocation: sourceLocation)
        #expect(!plain.output.isEmpty, sourceLocation: sourceLocation)
        for environment in environments {
            let outcome = try ProgramRun(
                command, environment: base.merging(environment) { $1 }, timeout: 60
            ).outcome()
            #expect(
                outcome == plain, "\(what()) with \(environment)\n\(outcome.output)\(outcome.errors)",
                sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: Program.allCases) func aProgramIsNotChangedByTheRuntime(program: Program) throws {
        let scratch = try ScratchFolder()
        let executable = try program.build().executable.path
        let environments = try RuntimeMode.allCases.map { try $0.environment(scratch: scratch) }
        try Self.compare([executable], environments: environments, program.rawValue)
    }

    /// Scenarios that allocate while threads come and go, fork, and run on their ends.
    static let someScenarios = [
        "cancel_cond_wait", "cancel_right_after_creation", "exec_oneself", "fork_at_any_moment", "fork_handlers",
        "signal_stack_overflow", "thread_detached", "thread_results", "thread_specific_destructors",
    ]

    @Test(arguments: ["libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2.0"])
    func anAllocatorMayBePreloadedBeforeAndAfterTheRuntime(allocator: String) throws {
        let scratch = try ScratchFolder()
        let environments = try [RuntimeMode.waits, .locks].flatMap {
            [
                try $0.environment(scratch: scratch, before: [allocator]),
                try $0.environment(scratch: scratch, after: [allocator]),
            ]
        }
        let base = ["LD_PRELOAD": allocator]
        let scenarios = try ScenarioTests.plain.program().executable.path
        for name in Self.someScenarios {
            try Self.compare([scenarios, name], base: base, environments: environments, name)
        }
        for program in Program.allCases {
            try Self.compare(
                [try program.build().executable.path], base: base, environments: environments, program.rawValue)
        }
    }

    /// A static program has no dynamic loader to preload anything: it runs as ever.
    @Test(arguments: ["-static", "-static-pie"]) func aStaticProgramRunsAsEver(kind: String) throws {
        let scratch = try ScratchFolder()
        let executable = try Program.cxx.build([kind]).executable.path
        try Self.compare([executable], environments: [try RuntimeMode.waits.environment(scratch: scratch)], kind)
    }

    /// clang's sanitizer is a part of the program. gcc's is a library that wants to be the first, and says so in one
    /// sentence where it is not.
    @Test(arguments: ["clang++", "g++"]) func aProgramWithTheAddressSanitizerIsNotChanged(compiler: String) throws {
        let scratch = try ScratchFolder()
        let executable = try Program.cxx.build(["-g", "-fsanitize=address"], compiler: compiler).executable.path
        let before = compiler == "g++" ? [try Self.library("libasan.so")] : []
        let environments = try [RuntimeMode.waits, .locks].map { try $0.environment(scratch: scratch, before: before) }
        // A cancelled thread leaves its exception behind, with and without the runtime.
        let base = ["ASAN_OPTIONS": "detect_leaks=0"]
        try Self.compare([executable], base: base, environments: environments, "\(compiler) -fsanitize=address")
        guard compiler == "g++" else { return }
        let refused = try ProgramRun(
            [executable], environment: try RuntimeMode.waits.environment(scratch: scratch), timeout: 60
        ).outcome()
        #expect(refused.errors.contains("ASan runtime does not come first"))
    }

    /// The thread sanitizer's library and the runtime call each other in the order of loading; if one of them missed a
    /// lock that is given back, or a wait, the sanitizer would report it. Of the scenarios those that it can run at all.
    @Test func aProgramWithTheThreadSanitizerIsNotChanged() throws {
        let scratch = try ScratchFolder()
        let scenarios = try PlainScenarios.build(["-fsanitize=thread"]).executable.path
        let environments = try [RuntimeMode.waits, .locks].map { try $0.environment(scratch: scratch) }
        for name in [
            "barrier_serials", "cond_broadcast_wakes_all", "cond_signal_wakes_one", "mutex_excludes", "rwlock_excludes",
            "semaphore_counts", "thread_results",
        ] {
            try Self.compare([scenarios, name], environments: environments, "\(name) with -fsanitize=thread")
        }
    }

    /// Where gcc has one of its libraries.
    static func library(_ name: String) throws -> String {
        let (_, path) = try run(["gcc", "-print-file-name=\(name)"])
        return URL(fileURLWithPath: path.trimmingCharacters(in: .newlines)).resolvingSymlinksInPath().path
    }
}
