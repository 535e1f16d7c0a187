import Foundation
import TestSupport
import Testing

/// deadwait.h compiles without a warning wherever an engine may include it, and weighs nothing where it is turned off.
@Suite struct HeaderTests {
    static let warnings = [
        "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wshadow", "-Wconversion", "-Wsign-conversion", "-Wundef",
    ]

    @Test(arguments: ["gcc", "clang"], ["c99", "c11", "gnu17"])
    func compilesAsC(compiler: String, standard: String) throws {
        for switched in [[], ["-DDEADWAIT_DISABLED"]] {
            let source = FixtureProgram.sources.appendingPathComponent("declared.c").path
            let (status, output) = try run(
                [compiler, "-std=\(standard)", "-D_DEFAULT_SOURCE", "-fsyntax-only"] + RecordedProgram.includes()
                    + Self.warnings + switched + [source])
            #expect(status == 0, "\(output)")
        }
    }

    @Test(arguments: ["g++", "clang++"], ["c++98", "c++11", "c++20"])
    func compilesAsCxx(compiler: String, standard: String) throws {
        for switched in [[], ["-DDEADWAIT_DISABLED"]] {
            let source = FixtureProgram.sources.appendingPathComponent("declared_scopes.cpp").path
            let (status, output) = try run(
                [compiler, "-std=\(standard)", "-fsyntax-only", "-Wold-style-cast"] + RecordedProgram.includes()
                    + Self.warnings + switched + [source])
            #expect(status == 0, "\(output)")
        }
    }

    /// The examples of the documentation are C that compiles.
    @Test func theExamplesCompile() throws {
        let page = FixtureProgram.repository.appendingPathComponent("Sources/Deadwait/Deadwait.docc/Instrument.md")
        let examples = try String(contentsOf: page, encoding: .utf8).matches(of: /```c\n(?s:(.*?))```/)
        #expect(examples.count == 2)
        for example in examples {
            let source = FileManager.default.temporaryDirectory.appendingPathComponent("example-\(UUID().uuidString).c")
            defer { unlink(source.path) }
            try String(example.output.1).write(to: source, atomically: true, encoding: .utf8)
            let (status, output) = try run(
                ["gcc", "-std=gnu11", "-fsyntax-only"] + RecordedProgram.includes() + Self.warnings + [source.path])
            #expect(status == 0, "\(output)")
        }
    }

    /// An engine that is itself loaded later finds the library that was there from the start.
    @Test func anEngineLoadedLaterFindsTheLibrary() throws {
        let flags = try ["-O2", "-pthread"] + RecordedProgram.includes()
        let engine = try FixtureProgram(["declared_scopes.cpp"], compiler: "g++", flags: flags + ["-shared", "-fPIC"])
        let loader = try FixtureProgram(["load_main.c"], flags: ["-O2"])
        #expect(try loader.start([engine.executable.path]).output.contains("ready loaded=0"))
        let recorded = try RecordedProgram(loader, [engine.executable.path])
        #expect(recorded.output.contains("ready loaded=1"))
        #expect(try recorded.lines().of("declaration", ["kind": "5", "text": "main call"]).count == 1)
    }

    /// Each exported function is one of the header's, and the other way round: a weak symbol that nobody exports would
    /// never do anything.
    @Test func theLibraryExportsWhatTheHeaderCalls() throws {
        let header = try String(
            contentsOfFile: try RuntimeLibrary.folder.get().appendingPathComponent("deadwait.h").path, encoding: .utf8)
        let declared = Set(header.matches(of: /DEADWAIT_SYMBOL \w+ (deadwait_\w+)\(/).map { String($0.output.1) })
        let called = Set(
            header.matches(of: /DEADWAIT_(?:CALL\(|ASK\(\w+, )(\w+), \(/).map { "deadwait_\($0.output.1)" })
        let symbols = try run(["nm", "-D", "--defined-only", try RuntimeLibrary.path()]).output
        let exported = Set(symbols.matches(of: #/ T (deadwait_\w+)/#).map { String($0.output.1) })
        #expect(declared.count > 20)
        #expect(declared == called)
        #expect(declared.subtracting(exported) == [])
    }

    @Test func disabledItLeavesNoTrace() throws {
        let program = try Declared.program(flags: ["-O0", "-DDEADWAIT_DISABLED"])
        let symbols = try run(["nm", program.executable.path]).output
        #expect(!symbols.contains("deadwait_"))
        let recorded = try RecordedProgram(program)
        #expect(recorded.output.contains("ready loaded=0 errno=4711"))
        #expect(try recorded.lines().of("declaration").isEmpty)
    }

    /// Position-dependent code is the case in which a linker would settle a plain weak reference to nothing.
    @Test(arguments: ["gcc", "clang"], ["-O0 -fPIE -pie", "-O0 -fno-pie -no-pie", "-O2 -fno-pie -no-pie"])
    func theLibraryIsFound(compiler: String, options: String) throws {
        let flags = options.split(separator: " ").map(String.init)
        let program = try Declared.program(compiler: compiler, flags: flags)
        #expect(try program.start().output.contains("ready loaded=0 errno=4711"))
        let output = try RecordedProgram(program).output
        #expect(output.contains("ready loaded=1 errno=4711"))
        // A dump is refused for its descriptor, not for want of a library.
        #expect(output.contains("dump refused"))
    }

    @Test func aStaticProgramRunsWithoutIt() throws {
        let program = try Declared.program(flags: ["-O2", "-static"])
        #expect(try program.start().output.contains("ready loaded=0 errno=4711"))
    }
}

/// Fixtures/programs/declared.c, which makes every call.
enum Declared {
    static func program(compiler: String = "gcc", flags: [String] = ["-g", "-O2"]) throws -> FixtureProgram {
        try FixtureProgram(
            ["declared.c"], compiler: compiler, flags: flags + ["-pthread"] + RecordedProgram.includes())
    }
}
