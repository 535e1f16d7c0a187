import DebugInfo
import Foundation
import ProcessModel
import TestSupport
import Testing

/// Functions, inlined calls and lines of real compilers' output, against llvm-symbolizer and eu-addr2line.
@Suite struct LineTests {
    struct Build: Sendable, CustomStringConvertible {
        var source: String
        var compiler: String
        var flags: [String]
        /// eu-addr2line finds units by .debug_aranges, which clang and swiftc do not write.
        var elfutilsKnows = false
        var description: String { "\(compiler) \(flags.joined(separator: " ")) \(source)" }

        func program() throws -> String {
            try FixtureProgram([source], compiler: compiler, flags: flags).executable.path
        }
    }

    static let builds: [Build] = [
        Build(source: "frames.c", compiler: "gcc", flags: ["-gdwarf-5", "-O2", "-pthread"], elfutilsKnows: true),
        Build(source: "frames.c", compiler: "gcc", flags: ["-gdwarf-4", "-O2", "-pthread"], elfutilsKnows: true),
        Build(source: "frames.c", compiler: "gcc", flags: ["-gdwarf-3", "-O0", "-pthread"], elfutilsKnows: true),
        Build(
            source: "frames.c", compiler: "gcc", flags: ["-gdwarf-5", "-gdwarf64", "-O2", "-pthread"],
            elfutilsKnows: true),
        Build(
            source: "frames.c", compiler: "gcc", flags: ["-g", "-O2", "-pthread", "-static", "-no-pie"],
            elfutilsKnows: true),
        Build(source: "frames.c", compiler: "clang", flags: ["-gdwarf-5", "-O2", "-pthread"]),
        Build(source: "frames.c", compiler: "clang", flags: ["-gdwarf-4", "-O2", "-pthread"]),
        Build(source: "frames_cpp.cpp", compiler: "g++", flags: ["-g", "-O2", "-pthread"], elfutilsKnows: true),
        Build(source: "frames_cpp.cpp", compiler: "g++", flags: ["-g", "-O0", "-pthread"], elfutilsKnows: true),
        Build(source: "frames_cpp.cpp", compiler: "clang++", flags: ["-gdwarf-4", "-O2", "-pthread"]),
        Build(source: "frames_swift.swift", compiler: "swiftc", flags: ["-g", "-O"]),
        Build(source: "frames_swift.swift", compiler: "swiftc", flags: ["-g", "-Onone"]),
        Build(source: "frames_rust.rs", compiler: "rustc", flags: ["-g", "-O"]),
        Build(source: "frames_rust.rs", compiler: "rustc", flags: ["-g", "-C", "symbol-mangling-version=v0"]),
    ]

    @Test(arguments: builds) func framesEqualThoseOfOthers(_ build: Build) throws {
        let path = try build.program()
        // A static program is libc for the most part, without lines: only its own functions are asked for.
        let own = build.flags.contains("-static") ? Set(try functions(of: Self.builds[0].program()).map(\.name)) : nil
        let addresses = try SymbolizerOracle.addresses(of: path, among: own)
        let session = session(path)
        let ours = SymbolizerOracle.ours(session, addresses)
        let lines = expectEqual(
            ours, try SymbolizerOracle.llvm(path, addresses), addresses,
            comparingNames: build.source.hasSuffix(".c"), "llvm-symbolizer")
        #expect(lines > 20)
        if build.elfutilsKnows {
            // In C++, libdw goes on from an inlined call into the abstract function at times, and shows its outer calls
            // in another form: only the innermost line is compared there.
            let isC = build.source.hasSuffix(".c")
            let theirs = try SymbolizerOracle.elfutils(path, addresses).map { isC ? $0 : Array($0.prefix(1)) }
            expectEqual(isC ? ours : ours.map { Array($0.prefix(1)) }, theirs, addresses, "eu-addr2line")
        }
        #expect(session.gaps.isEmpty)
    }

    @Test func theLibraryOfTheSystemEqualsElfutils() throws {
        // libc6-dbg: dwz'ed partial units, compressed sections, assembler units.
        let note = try tool("sh", "-c", "readelf -n /lib/x86_64-linux-gnu/libc.so.6 2>/dev/null")
        let line = try #require(note.split(separator: "\n").first { $0.contains("Build ID: ") })
        let identifier = try #require(line.split(separator: " ").last)
        let path = "/usr/lib/debug/.build-id/\(identifier.prefix(2))/\(identifier.dropFirst(2)).debug"
        let addresses = try SymbolizerOracle.addresses(of: path, limit: 300)
        let ours = SymbolizerOracle.ours(session("/lib/x86_64-linux-gnu/libc.so.6"), addresses)
        let lines = expectEqual(
            ours, try SymbolizerOracle.elfutils(path, addresses), addresses, "eu-addr2line")
        #expect(lines > 250)
    }

    @Test func namesAreWhatPeopleWrite() throws {
        let rust = try Self.builds[13].program()
        let addresses = try SymbolizerOracle.addresses(of: rust)
        let records = session(rust).symbolize(addresses.map { Address($0) }, detail: .lines)
        for frame in records.flatMap(\.source) {
            #expect(frame.function?.hasPrefix("_R") != true)
            #expect(frame.function?.hasPrefix("_ZN") != true)
        }
        #expect(records.flatMap(\.source).contains { $0.function?.hasPrefix("<") == true })
    }

    @Test func namesOnlyOpensNoDwarf() throws {
        let path = try Self.builds[0].program()
        let directory = try ScratchDirectory()
        // With .debug_info overwritten by garbage, names are as before, and no gap arises.
        let copy = directory.file("copy")
        let garbage = try directory.write(String(repeating: "x", count: 4096), to: "garbage")
        try tool("objcopy", "--update-section", ".debug_info=\(garbage)", path, copy)
        let addresses = try SymbolizerOracle.addresses(of: path, limit: 50).map { Address($0) }
        let session = session(copy)
        let names = session.symbolize(addresses, detail: .names)
        #expect(names.allSatisfy { $0.source.first?.function != nil && $0.source.first?.line == nil })
        #expect(session.gaps.isEmpty)
    }

    @Test func parametersHaveTheirPlaces() throws {
        let directory = try ScratchDirectory()
        let source = try directory.write(
            """
            int sink; __attribute__((noinline)) void use(int *p) { sink += *p; }
            static inline __attribute__((always_inline)) int inner(int deep) { use(&deep); return deep; }
            __attribute__((noinline)) int outer(int first, char *second, double third)
            { int r = inner(first + 1); use(&r); return r + *second + (int)third; }
            int main(int count, char **v) { return outer(count, v[0], 2.0); }
            """, to: "parameters.c")
        for (compiler, version) in [("gcc", "4"), ("gcc", "5"), ("clang", "4"), ("clang", "5")] {
            let path = directory.file("parameters")
            try tool(compiler, source, "-gdwarf-\(version)", "-O0", "-fno-inline", "-o", path)
            let outer = try #require(try functions(of: path).first { $0.name == "outer" })
            // Behind the prologue, where clang's frame base holds, too.
            let record = session(path).symbolize([Address(outer.start + 20)], detail: .parameters)[0]
            let parameters = try #require(record.source.last).parameters
            #expect(parameters.map(\.name) == ["first", "second", "third"])
            for parameter in parameters {
                let location = parameter.location ?? "none"
                #expect(location.hasPrefix("[rbp-") || location.hasPrefix("[cfa-"), "\(compiler): \(location)")
            }
            try tool(compiler, source, "-gdwarf-\(version)", "-O2", "-o", path)
            let main = try #require(try functions(of: path).first { $0.name == "outer" })
            let optimized = session(path).symbolize([Address(main.start)], detail: .parameters)[0]
            let first = try #require(optimized.source.last).parameters.map { "\($0.name)=\($0.location ?? "?")" }
            #expect(first == ["first=rdi", "second=rsi", "third=xmm0"], "\(compiler) \(version)")
        }
    }
}
