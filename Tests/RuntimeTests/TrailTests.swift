import Foundation
import TestSupport
import Testing

/// Stacks that the runtime recognizes by their words instead of walking them, against glibc's backtrace().
@Suite struct TrailTests {
    /// Frames with and without a frame pointer, of two compilers.
    static func libraries() throws -> [String] {
        let builds = [
            ("gcc", ["-O0"]), ("gcc", ["-O2", "-fomit-frame-pointer"]), ("gcc", ["-O2", "-fno-omit-frame-pointer"]),
            ("clang", ["-O2"]),
        ]
        return try builds.map { compiler, flags in
            try FixtureProgram(
                ["runtime/trails_library.c"], compiler: compiler, flags: ["-shared", "-fPIC"] + flags
            ).executable.path
        }
    }

    @Test func aRecognizedStackIsTheOneThatIsThere() throws {
        let runtime = UnwinderTests.runtime
        let parts = ["dw_trail.c", "dw_records.c", "dw_stacks.c"].map { "\(runtime)/\($0)" } + UnwinderTests.unwinder
        let headers = UnwinderTests.headers + ["dw_trail.h", "dw_runtime.h"].map { "\(runtime)/\($0)" }
        let program = try FixtureProgram(
            ["runtime/trails.c"] + parts, headers: headers,
            flags: UnwinderTests.warnings + UnwinderTests.includes + ["-O2", "-Wl,--wrap=dw_trail_find"])
        let (status, output) = try run(
            ["timeout", "60", program.executable.path] + UnwinderTests.libraries() + Self.libraries())
        #expect(status == 0 && output.hasSuffix("done\n"), "\(output)")
        // Every second question is about a stack that was just asked for, and must be recognized; a few of the threads'
        // trails are written over in between.
        for (scenario, share) in [("paths", 0.5), ("threads", 0.4), ("signals", 0.4)] {
            let line = output.split(separator: "\n").first { $0.hasPrefix("\(scenario): ") } ?? ""
            let numbers = line.matches(of: /\d+/).compactMap { Double($0.output) }
            try #require(numbers.count == 3, "\(scenario): \(output)")
            #expect(numbers[0] > 10000 && numbers[2] > 2000, "\(line)")
            #expect(numbers[1] > numbers[0] * share, "\(line)")
        }
    }
}
